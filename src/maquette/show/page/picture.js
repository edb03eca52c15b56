"use strict";
// The picture of the shown frame with its skeletons drawn in.
function pictureView(page) {
  const { data, state, find } = page;
  const { frames, persons } = data;
  const { sides, limbs } = data.skeleton;
  const flat = find("flat");
  const pictures = frames.map((frame, at) => {
    if (!frame.picture) return null;
    const picture = new Image();
    picture.onload = () => { if (at === state.frame) draw(); };
    picture.src = "data:image/jpeg;base64," + frame.picture;
    return picture;
  });

  const hasPictures = pictures.some(Boolean);

  function draw() {
    const room = flat.parentElement.getBoundingClientRect();
    const scale = Math.min(room.width / data.canvas.width, room.height / data.canvas.height);
    const width = data.canvas.width * scale, height = data.canvas.height * scale;
    const dense = window.devicePixelRatio || 1;
    flat.width = Math.max(1, Math.round(width * dense));
    flat.height = Math.max(1, Math.round(height * dense));
    flat.style.width = width + "px";
    flat.style.height = height + "px";
    const pen = flat.getContext("2d");
    pen.scale(dense, dense);
    if (!frames.length) return;
    const picture = pictures[state.frame];
    if (picture && picture.complete) pen.drawImage(picture, 0, 0, width, height);
    if (find("skeletons").checked) {
      frames[state.frame].flat.forEach((joints, person) => joints && drawPerson(pen, joints, look(person), scale));
    }
  }

  // Colours of a person: grey where the method doubts the pose.
  function look(person) {
    return frames[state.frame].doubtful[person] ? { ...persons[person], ...data.doubtful } : persons[person];
  }

  function drawPerson(pen, joints, person, scale) {
    const known = joints.filter(Boolean);
    const xs = known.map((j) => j[0] * scale), ys = known.map((j) => j[1] * scale);
    const reach = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    const thick = Math.min(Math.max(reach / 110, 1.5), 5);
    const faint = (joint) => (0.25 + 0.75 * joint[2]) * (joint[3] ? 1 : 0.5);
    pen.lineCap = "round";
    const line = (a, b, width, colour, opacity) => {
      pen.setLineDash(a[3] && b[3] ? [] : [2 * width, 3 * width]);
      pen.globalAlpha = opacity;
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(a[0] * scale, a[1] * scale);
      pen.lineTo(b[0] * scale, b[1] * scale);
      pen.stroke();
    };
    const drawn = limbs.map(([a, b, side]) => [joints[a], joints[b], side]).filter(([a, b]) => a && b);
    const seen = drawn.filter(([a, b]) => a[3] && b[3]);
    if (hasPictures) seen.forEach(([a, b]) => line(a, b, thick * 1.9, "#000", 0.45 * Math.min(faint(a), faint(b))));
    drawn.forEach(([a, b, side]) => line(a, b, thick, person[side], Math.min(faint(a), faint(b))));
    pen.setLineDash([]);
    const dot = (joint, width, colour) => {
      pen.globalAlpha = faint(joint);
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(joint[0] * scale, joint[1] * scale, width / 2, 0, 2 * Math.PI);
      pen.fill();
    };
    joints.forEach((joint, at) => {
      if (!joint) return;
      dot(joint, thick * 2.3, "#fff");
      dot(joint, thick * 1.7, person[sides[at]]);
    });
    pen.globalAlpha = 1;
    if (persons.length > 1) drawTag(pen, String(person.id), xs[ys.indexOf(Math.min(...ys))], Math.min(...ys) - 10, person.middle);
  }

  function drawTag(pen, text, x, y, colour) {
    pen.font = "600 12px system-ui, sans-serif";
    const width = pen.measureText(text).width + 10;
    const left = Math.max(0, x - width / 2), top = Math.max(0, y - 18);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.roundRect(left, top, width, 18, 5);
    pen.fill();
    pen.fillStyle = "#fff";
    pen.fillText(text, left + 5, top + 13);
  }

  new ResizeObserver(draw).observe(flat.parentElement);
  return { draw };
}
