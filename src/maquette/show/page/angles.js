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

  // Around every run of known values a closed outline, one deviation above there and one below back.
  function bandOutline(curve, deviation) {
    const x = [], y = [];
    for (let start = 0; start < curve.length; start += 1) {
      if (curve[start] === null) continue;
      let end = start;
      while (end + 1 < curve.length && curve[end + 1] !== null) end += 1;
      const there = Array.from({ length: end - start + 1 }, (_, step) => start + step), back = [...there].reverse();
      x.push(...there.map((at) => data.times[at]), ...back.map((at) => data.times[at]), null);
      y.push(...there.map((at) => curve[at] + deviation[at]), ...back.map((at) => curve[at] - deviation[at]), null);
      start = end;
    }
    return { x, y };
  }

  function chartTraces() {
    const measure = data.angles[state.angle], person = persons[state.person];
    const curves = measure.curves[state.person], deviations = measure.deviations && measure.deviations[state.person];
    const sides = curves.length === 2 ? ["left", "right"] : ["middle"];
    const bands = !deviations ? [] : sides.map((side, at) => ({
      ...bandOutline(curves[at], deviations[at]), mode: "lines", line: { width: 0 }, fill: "toself",
      fillcolor: person[side] + "33", hoverinfo: "skip",
    }));
    return [...bands, ...sides.map((side, at) => ({
      x: data.times, y: curves[at], mode: "lines+markers", name: side === "middle" ? "" : side,
      line: { color: person[side], width: 2 },
      marker: { color: person[side], size: dotSizes(curves[at]), line: { width: 0 } },
      customdata: deviations ? deviations[at] : undefined,
      hovertemplate: deviations ? "%{y:.0f}° ± %{customdata:.0f}°" : "%{y:.0f}°",
    }))];
  }

  function chartLayout() {
    const axis = { color: style("--quiet"), gridcolor: style("--edge"), zeroline: false, fixedrange: true, automargin: true };
    return {
      margin: { l: 44, r: 8, t: 6, b: 38 }, showlegend: false, hovermode: "x unified", font: { family: "system-ui, sans-serif", size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: { bgcolor: style("--card"), bordercolor: style("--edge"), font: { color: style("--text") } },
      xaxis: { ...axis, title: { text: "time (s)" }, hoverformat: ".2f" },
      yaxis: { ...axis, title: { text: data.angles[state.angle].name + " (°)" }, rangemode: "tozero", zeroline: true,
        zerolinecolor: style("--quiet") },
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
        cell.textContent = value === null ? "–" : String(Math.round(value)).replace("-", "−") + "°" + around;
      });
      const choice = row.querySelector(".choice");
      if (choice) choice.setAttribute("aria-pressed", String(Number(row.dataset.angle) === state.angle));
    });
  }

  function draw() {
    if (find("angle")) find("angle").value = String(state.angle);
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
