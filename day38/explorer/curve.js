// The curve of the losses, the slider under it, and playing along it.

const svgPart = (parent, tag, attributes, text) => {
  const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
  if (text) part.textContent = text;
  parent.append(part);
  return part;
};

// How far along the curve each frame lies. Epochs count logarithmically, so that the beginning,
// where most happens, has room; what was trained in this page has the right half for itself.
function positions(run) {
  const { frames, kept } = run, whole = kept > 1 && frames.length > kept;
  const along = (from, to, start, width) => {
    const first = frames[from].epoch, length = frames[to].epoch - first || 1;
    const unit = Math.max(1, length / 100), most = Math.log1p(length / unit);
    for (let time = from; time <= to; time += 1)
      run.positions[time] = start + width * Math.log1p((frames[time].epoch - first) / unit) / most;
  };
  run.positions = [];
  if (kept > 1) along(0, kept - 1, 0, whole ? 0.5 : 1);
  if (frames.length > kept || kept == 1)
    along(kept - 1, frames.length - 1, whole ? 0.5 : 0, whole ? 0.5 : 1);
  return run.positions;
}

function nearestTime(position) {
  const { positions: places } = state.run;
  let best = 0;
  places.forEach((place, time) => {
    if (Math.abs(place - position) < Math.abs(places[best] - position)) best = time;
  });
  return best;
}

const MARGINS = { left: 34, right: 8, top: 6, bottom: 15 };

let drawn = ""; // what the curve shows; drawn anew only where that changes

function drawCurve() {
  const { run, time } = state, { frames } = run, { left, right, top, bottom } = MARGINS;
  const { width, height } = spots.plot, last = frames.at(-1);
  const key = [frames.length, run.kept, run.own, last.epoch, last.loss.train, width, height].join();
  const most = Math.min(10, frames.reduce((top, { loss }) => Math.max(top, loss.train), 0.01));
  const x = place => left + place * (width - left - right);
  const y = loss => top + (1 - Math.min(1, loss / most)) * (height - top - bottom);
  if (key != drawn) {
    positions(run);
    find("plot").setAttribute("viewBox", `0 0 ${width} ${height}`);
    find("plot").replaceChildren();
    drawAxes(x, y, most);
    for (const set of ["test", "train"]) {
      const d = frames.map(({ loss }, at) => `${x(run.positions[at]).toFixed(1)} ${y(loss[set]).toFixed(1)}`);
      svgPart(find("plot"), "path", { class: set, d: `M${d.join("L")}${d.length == 1 ? "h.1" : ""}` });
    }
    svgPart(find("plot"), "path", { class: "now", id: "now", d: `M0 ${top}V${height - bottom}` });
    svgPart(find("plot"), "circle", { id: "spot", r: 4 });
  }
  drawn = key;
  find("now").setAttribute("transform", `translate(${x(run.positions[time])} 0)`);
  find("spot").setAttribute("cx", x(run.positions[time]));
  find("spot").setAttribute("cy", y(frames[time].loss.train));
  find("epoch").value = 1000 * run.positions[time];
}

// The axes with their numbers, the names of the lines, and where training in this page began.
function drawAxes(x, y, most) {
  const { run } = state, { frames, positions: places } = run, plot = find("plot");
  const { width, height } = spots.plot, { right, top, bottom } = MARGINS;
  for (const loss of [0, most / 2, most]) {
    svgPart(plot, "path", { class: "axis", d: `M${x(0)} ${y(loss)}H${x(1)}` });
    svgPart(plot, "text", { x: x(0) - 4, y: y(loss) + 4, class: "end" }, loss ? loss.toPrecision(2) : "0");
  }
  for (const at of ticksOf(places, width)) {
    const side = places[at] < 0.04 ? "" : places[at] > 0.94 ? "end" : "middle";
    const epoch = frames[at].epoch.toLocaleString("en") + (side ? "" : " 轮");
    svgPart(plot, "text", { x: x(places[at]), y: height - 3, class: side }, epoch);
  }
  if (run.own && run.kept > 1 && frames.length > run.kept) {
    svgPart(plot, "path", { class: "from", d: `M${x(0.5)} ${top}V${height - bottom}` });
    svgPart(plot, "text", { x: x(0.5) + 4, y: top + 11 }, "在这一页训练");
  }
  svgPart(plot, "text", { x: width - right - 92, y: top + 11, class: "train" }, "— 训练集损失");
  svgPart(plot, "text", { x: width - right - 92, y: top + 25, class: "test" }, "┄ 测试集损失");
}

// Some frames whose epochs stand below the axis, each with room for its number.
function ticksOf(places, width) {
  const ticks = [];
  for (const goal of [0, 1, 0.25, 0.5, 0.75]) {
    const at = nearestTime(goal);
    if (ticks.every(other => Math.abs(places[other] - places[at]) * width > 70)) ticks.push(at);
  }
  return ticks;
}

// ---- Playing: at an even speed along the curve

const still = matchMedia("(prefers-reduced-motion: reduce)");
let playing = 0;

function stopPlaying() {
  cancelAnimationFrame(playing);
  playing = 0;
  write("play", still.matches ? "▶ 下一步" : "▶ 播放");
}

function play() {
  if (playing) return settle(stopPlaying);
  stopTraining();
  const last = state.run.frames.length - 1;
  if (state.time == last) change({ time: 0 });
  else if (still.matches) change({ time: state.time + 1 }); // nothing moves by itself
  if (still.matches) return;
  let place = state.run.positions[state.time == last ? 0 : state.time], before = performance.now();
  const { run } = state;
  const move = now => {
    place += Math.max(0, now - before) / 1000 / Number(find("speed").value);
    before = now;
    if (state.run != run) return stopPlaying();
    change({ time: nearestTime(Math.min(1, place)) });
    if (place >= 1) return settle(stopPlaying);
    playing = requestAnimationFrame(move);
  };
  playing = requestAnimationFrame(move);
  write("play", "⏸ 暂停");
}

// What ends a movement; only then the page speaks to a screen reader.
function settle(end) {
  end();
  change({});
}

function step(by) {
  stopPlaying();
  stopTraining();
  change({ time: Math.min(state.run.frames.length - 1, Math.max(0, state.time + by)) });
}
