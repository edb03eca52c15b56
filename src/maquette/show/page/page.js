"use strict";
// Moves through the frames of the page's data and keeps the picture, the 3D view and the angles together.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { frames, persons } = data;
  const find = (id) => document.getElementById(id);
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const time = (frame) => data.times[frames[frame].sample];
  const state = { frame: 0, person: 0, angle: 0, playing: false };
  const page = { data, state, find, style, time };
  const picture = pictureView(page), space = spaceView(page), angles = anglesView(page);
  const slider = find("slider"), play = find("play");

  function show(frame) {
    state.frame = Math.min(Math.max(frame, 0), frames.length - 1);
    picture.draw();
    space.move();
    angles.move();
    if (slider) {
      slider.value = String(state.frame);
      find("readout").textContent = `frame ${frames[state.frame].index} · ${time(state.frame).toFixed(2)} s`;
    }
  }

  function setPlaying(playing) {
    state.playing = playing;
    play.textContent = playing ? "Pause" : "Play";
    if (!playing) return;
    const last = frames.length - 1, end = time(last) + (time(last) - time(0)) / last;
    if (state.frame === last) show(0);
    let before = performance.now(), now = time(state.frame);
    const tick = (stamp) => {
      if (!state.playing) return;
      now += ((stamp - before) / 1000) * Number(find("speed").value);
      before = stamp;
      if (now >= end || now < time(0)) now = time(0);
      let frame = last;
      while (frame > 0 && time(frame) > now) frame -= 1;
      if (frame !== state.frame) show(frame);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  function stepBy(by) {
    setPlaying(false);
    show(state.frame + by);
  }

  function stepTo(moment) {
    const distances = frames.map((_, frame) => Math.abs(time(frame) - moment));
    setPlaying(false);
    show(distances.indexOf(Math.min(...distances)));
  }

  function listen() {
    find("skeletons").addEventListener("change", picture.draw);
    find("still").addEventListener("change", space.move);
    if (!data.isRootRelative || frames.length < 2 || !persons.length) find("still-choice").hidden = true;
    find("eyes").addEventListener("click", (event) => event.target.dataset.eye && space.look(event.target.dataset.eye));
    document.querySelectorAll("tr[data-angle]").forEach((row) => row.addEventListener("click", () => chooseAngle(row.dataset.angle)));
    if (find("angle")) find("angle").addEventListener("change", (event) => chooseAngle(event.target.value));
    if (find("person")) find("person").addEventListener("change", (event) => choosePerson(Number(event.target.value)));
    if (!slider) return;
    slider.addEventListener("input", () => { setPlaying(false); show(Number(slider.value)); });
    play.addEventListener("click", () => setPlaying(!state.playing));
    document.addEventListener("keydown", (event) => {
      const onControl = ["INPUT", "BUTTON"].includes(event.target.tagName) && event.target !== slider;
      if (event.target.tagName === "SELECT" || (onControl && event.key === " ")) return;
      const acts = { ArrowLeft: () => stepBy(-1), ArrowRight: () => stepBy(1), " ": () => setPlaying(!state.playing),
        Home: () => stepBy(-frames.length), End: () => stepBy(frames.length) };
      if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
    });
  }

  function chooseAngle(angle) {
    state.angle = Number(angle);
    angles.draw();
  }

  function choosePerson(person) {
    state.person = person;
    ["left", "right"].forEach((side) => find("measurements").style.setProperty("--" + side, persons[person][side]));
    document.querySelectorAll("[data-person]").forEach((part) => { part.hidden = Number(part.dataset.person) !== person; });
    angles.draw();
  }

  function drawAll() {
    picture.draw();
    space.draw();
    angles.draw();
  }

  listen();
  drawAll();
  if (frames.length) show(0);
  angles.onClick(stepTo);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
