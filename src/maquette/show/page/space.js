"use strict";
// The skeletons in 3D on a floor; drag to turn.
function spaceView(page) {
  const { data, state, find, style } = page;
  const { frames, persons, box } = data;
  const { sides, limbs } = data.skeleton;
  const directions = {
    camera: [0, -1, 0.1], slanted: [0.6, -1, 0.35], side: [1, 0, 0.1], back: [0, 1, 0.1], above: [0, -0.01, 1],
  };
  const space = find("space");
  const step = 0.5;
  const floor = [0, 1].map((axis) => {
    const middle = (box.low[axis] + box.high[axis]) / 2;
    const half = (Math.ceil((box.high[axis] - box.low[axis]) / step) * step) / 2;
    return [middle - half, middle + half];
  });
  const ranges = [...floor.map(([from, to]) => [from - 0.02, to + 0.02]), [box.low[2] - 0.02, box.high[2] + 0.18]];

  function floorGrid() {
    const [[left, right], [near, far]] = floor;
    const x = [], y = [];
    for (let at = left; at <= right + 1e-6; at += step) {
      x.push(at, at, null);
      y.push(near, far, null);
    }
    for (let at = near; at <= far + 1e-6; at += step) {
      x.push(left, right, null);
      y.push(at, at, null);
    }
    return { x, y, z: x.map((value) => (value === null ? null : box.low[2])) };
  }

  // Persons stand on the floor; with the pelvis held still, they hang where it is highest.
  const highest = persons.map((_, person) => Math.max(0, ...frames.map((frame) => frame.lift[person])));

  function placed(joints, frame, person) {
    if (!find("still").checked) return joints;
    const rise = highest[person] - frames[frame].lift[person];
    return joints.map((joint) => joint && [joint[0], joint[1], joint[2] + rise, joint[3]]);
  }

  const columns = (points) => [0, 1, 2].map((axis) => points.map((point) => (point ? point[axis] : null)));

  // Traces of a person: limbs of the left, the right and the midline, then the joints; first those that were seen, then
  // those that are estimates alone.
  function traces(frame) {
    return persons.flatMap((person, at) => {
      const joints = frames.length && frames[frame].space[at] ? placed(frames[frame].space[at], frame, at) : null;
      return [true, false].flatMap((seen) => {
        const lines = ["left", "right", "middle"].map((wanted) =>
          columns(joints ? limbs.flatMap(([a, b, side]) =>
            side === wanted && joints[a] && joints[b] && Boolean(joints[a][3] && joints[b][3]) === seen
              ? [joints[a], joints[b], null] : []) : [null]));
        return [...lines, columns(joints ? joints.map((joint) => joint && Boolean(joint[3]) === seen ? joint : null) : [null])];
      });
    });
  }

  function labels(frame) {
    if (persons.length < 2 || !frames.length) return [];
    return persons.flatMap((person, at) => {
      if (!frames[frame].space[at]) return [];
      const known = placed(frames[frame].space[at], frame, at).filter(Boolean);
      const [x, y, z] = known.reduce((best, joint) => (joint[2] > best[2] ? joint : best));
      return [{ x, y, z, text: String(person.id), showarrow: false, yshift: 14, font: { color: "#fff", size: 12 },
        bgcolor: person.middle, borderpad: 2 }];
    });
  }

  function traces3d() {
    const grid = { type: "scatter3d", mode: "lines", hoverinfo: "skip", line: { color: style("--grid"), width: 2 }, ...floorGrid() };
    const looks = persons.map((_, at) => colours(at)).flatMap((person) => [true, false].flatMap((seen) => [
      ...["left", "right", "middle"].map((side) => ({ mode: "lines", hoverinfo: "skip", opacity: seen ? 1 : 0.5,
        line: { color: person[side], width: seen ? 9 : 5, dash: seen ? "solid" : "dash" } })),
      { mode: "markers", opacity: seen ? 1 : 0.5, marker: { size: 5, color: sides.map((side) => person[side]), line: { color: "#fff", width: 1 } },
        text: data.skeleton.joints, hovertemplate: "%{text}" + (seen ? "" : " (not seen, estimated)") + "<br>%{x:.2f} right, %{y:.2f} away, %{z:.2f} up (m)<extra></extra>" },
    ]));
    return [grid, ...traces(state.frame).map(([x, y, z], at) => ({ type: "scatter3d", x, y, z, ...looks[at] }))];
  }

  const sizes = ranges.map(([from, to]) => to - from);
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const unit = (a) => a.map((value) => value / Math.hypot(...a));

  // The camera that looks from there and comes as near as the whole box of persons allows.
  function camera(name) {
    const toEye = unit(directions[name]);
    const right = unit([-toEye[1], toEye[0], 0]);
    const up = [0, 1, 2].map((at) => toEye[(at + 1) % 3] * right[(at + 2) % 3] - toEye[(at + 2) % 3] * right[(at + 1) % 3]);
    const high = Math.tan(Math.PI / 8) * 0.92, wide = (high * space.clientWidth) / Math.max(space.clientHeight, 1);
    let away = 0;
    for (let corner = 0; corner < 8; corner += 1) {
      const at = [0, 1, 2].map((axis) => ((corner >> axis) & 1 ? box.high[axis] + 0.1 : box.low[axis] - 0.1)
        - (ranges[axis][0] + ranges[axis][1]) / 2);
      away = Math.max(away, dot(at, toEye) + Math.max(Math.abs(dot(at, right)) / wide, Math.abs(dot(at, up)) / high));
    }
    const [x, y, z] = toEye.map((value) => (value * away) / Math.max(...sizes));
    return { eye: { x, y, z }, up: { x: 0, y: 0, z: 1 }, center: { x: 0, y: 0, z: 0 } };
  }

  function sceneLayout() {
    const axis = (at) => ({ range: ranges[at], visible: false, showspikes: false });
    const [x, y, z] = sizes.map((size) => size / Math.max(...sizes));
    return {
      margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", uirevision: "keep",
      scene: {
        xaxis: axis(0), yaxis: axis(1), zaxis: axis(2), aspectmode: "manual", dragmode: "turntable", uirevision: "keep",
        annotations: labels(state.frame), aspectratio: { x, y, z }, camera: camera("camera"),
      },
    };
  }

  function move() {
    const all = traces(state.frame);
    if (!all.length) return;
    const [x, y, z] = [0, 1, 2].map((axis) => all.map((trace) => trace[axis]));
    const traced = all.map((_, at) => at + 1);
    if (persons.length > 1) Plotly.update(space, { x, y, z }, { "scene.annotations": labels(state.frame) }, traced);
    else Plotly.restyle(space, { x, y, z }, traced);
    if (painted !== paint()) recolour();
  }

  // Colours of a person: grey where the method doubts the pose.
  function colours(person) {
    return frames.length && frames[state.frame].doubtful[person] ? data.doubtful : persons[person];
  }

  // Who is grey in the shown frame, and who was when the traces were last painted.
  const paint = () => (frames.length ? frames[state.frame].doubtful.join() : "");
  let painted = "";

  function recolour() {
    const halves = persons.flatMap((_, person) => [0, 4].map((more) => ({ first: 1 + 8 * person + more, of: colours(person) })));
    const lines = halves.flatMap(({ first, of }) => ["left", "right", "middle"].map((side, at) => [first + at, of[side]]));
    const dots = halves.map(({ first, of }) => [first + 3, sides.map((side) => of[side])]);
    Plotly.restyle(space, { "line.color": lines.map((line) => line[1]) }, lines.map((line) => line[0]));
    Plotly.restyle(space, { "marker.color": dots.map((dot) => dot[1]) }, dots.map((dot) => dot[0]));
    painted = paint();
  }

  const look = (name) => Plotly.relayout(space, { "scene.camera": camera(name) });

  function draw() {
    painted = paint();
    Plotly.react(space, traces3d(), sceneLayout(), { displayModeBar: false, responsive: true, scrollZoom: true });
  }

  new ResizeObserver(() => Plotly.Plots.resize(space)).observe(space.parentElement);
  return { draw, move, look };
}
