"use strict";
// The chosen angle over time, and all angles of the shown frame.
function anglesView(page) {
  const { data, state, find, style, time } = page;
  const { frames, persons } = data;
  const chart = find("chart");
  const hasChart = Boolean(chart && data.angles.length && persons.length);

  // A line needs two known values in a row; one between unknown ones is a dot.
  function dotSizes(curve) {
    const isKnown = (at) => curve[at] !== null && curve[at] !== undefined;
    return curve.map((_, at) => (isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1) ? 5 : 0));
  }

  function chartTraces() {
    const measure = data.angles[state.angle], person = persons[state.person];
    return ["left", "right"].map((side, at) => {
      const curve = measure.curves[state.person][at];
      return {
        x: data.times, y: curve, mode: "lines+markers", name: side, line: { color: person[side], width: 2 },
        marker: { color: person[side], size: dotSizes(curve), line: { width: 0 } }, hovertemplate: "%{y:.0f}°",
      };
    });
  }

  function chartLayout() {
    const axis = { color: style("--quiet"), gridcolor: style("--edge"), zeroline: false, fixedrange: true, automargin: true };
    return {
      margin: { l: 44, r: 8, t: 6, b: 38 }, showlegend: false, hovermode: "x unified", font: { family: "system-ui, sans-serif", size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: { bgcolor: style("--card"), bordercolor: style("--edge"), font: { color: style("--text") } },
      xaxis: { ...axis, title: { text: "time (s)" }, hoverformat: ".2f" },
      yaxis: { ...axis, title: { text: data.angles[state.angle].name + " (°)" }, rangemode: "tozero" },
      shapes: [{ type: "line", xref: "x", yref: "paper", y0: 0, y1: 1, x0: time(state.frame), x1: time(state.frame),
        line: { color: style("--text"), width: 1.5, dash: "dot" } }],
    };
  }

  function writeTable() {
    if (!frames.length) return;
    document.querySelectorAll("tr[data-angle]").forEach((row) => {
      const measure = data.angles[Number(row.dataset.angle)], curves = measure.curves[state.person];
      const deviations = measure.deviations && measure.deviations[state.person];
      row.querySelectorAll("td").forEach((cell, side) => {
        const at = frames[state.frame].sample, value = curves ? curves[side][at] : null;
        const around = deviations ? ` ± ${Math.max(1, Math.round(deviations[side][at]))}°` : "";
        cell.textContent = value === null ? "–" : Math.round(value) + "°" + around;
      });
      const choice = row.querySelector(".choice");
      if (choice) choice.setAttribute("aria-pressed", String(Number(row.dataset.angle) === state.angle));
    });
  }

  function draw() {
    if (hasChart) Plotly.react(chart, chartTraces(), chartLayout(), { displayModeBar: false, responsive: true });
    writeTable();
  }

  function move() {
    if (hasChart) Plotly.relayout(chart, { "shapes[0].x0": time(state.frame), "shapes[0].x1": time(state.frame) });
    writeTable();
  }

  function onClick(act) {
    if (hasChart) chart.on("plotly_click", (event) => act(event.points[0].x));
  }

  return { draw, move, onClick };
}
