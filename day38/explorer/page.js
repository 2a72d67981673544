// The page: its parts, what they do when they are touched, and a door for programs.

const LARGEST_WEIGHT = 1e6;
let inputs = [], units = [], answers = [], judgedNow = null;

function make(parent, tag, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

function writeName(parent, { name, english }) {
  make(parent, "b", { textContent: name });
  if (english) make(parent, "span", { textContent: english, lang: "en" });
}

// "１．５", "4,5" and "−3" are numbers, too; what is none gives NaN.
const readNumber = text => Number(text.normalize("NFKC").replace(/[,，]/, ".").replace("−", "-").trim() || NaN);

// ---- Parts

function makeInput(i) {
  const box = make(find("inputs"), "div", { className: "input" }), label = make(box, "label", { htmlFor: "field" + i });
  writeName(label, features[i]);
  const field = make(box, "input", { id: "field" + i, className: "field", inputMode: "decimal", autocomplete: "off" });
  const slider = make(box, "input", { type: "range", min: low[i], max: high[i], step: "any",
    ariaLabel: features[i].name });
  slider.addEventListener("input", () => setFeature(i, neat(Number(slider.value), i)));
  field.addEventListener("input", () => {
    const row = state.row.with(i, readNumber(field.value)), good = isMeasurement(row);
    field.ariaInvalid = String(!good);
    if (good) change({ row });
  });
  field.addEventListener("blur", () => change({}));
  return { box, field, slider, feature: i };
}

// A value with as many digits as one would measure.
const neat = (value, i) => Number(value.toFixed(Math.max(0, decimals[i] - 5)));
const setFeature = (i, value) => change({ row: state.row.with(i, value) });

// With many features a page of them: the axes and the most telling ones first.
function makeInputs() {
  const first = state.page * MOST_SHOWN, most = features.length;
  find("inputs").querySelectorAll(".input, .pager").forEach(part => part.remove());
  inputs = ordered.slice(first, first + MOST_SHOWN).map(makeInput);
  if (most <= MOST_SHOWN) return;
  const pages = Math.ceil(most / MOST_SHOWN), next = (state.page + 1) % pages;
  const pager = make(find("inputs"), "button", { type: "button", className: "pager",
    textContent: `${first + 1}–${Math.min(most, first + MOST_SHOWN)} / ${most} ▸ 其余` });
  pager.addEventListener("click", () => {
    state.page = next;
    makeInputs();
    relayout();
    find("inputs").querySelector(".pager").focus();
  });
}

function makeUnits() {
  const { plan } = state.run;
  find("network").querySelectorAll(".layer").forEach(layer => layer.remove());
  units = plan.widths.map((width, layer) => {
    const column = document.createElement("div");
    column.className = "layer";
    find("output").before(column);
    const title = make(column, "h2", { textContent: "隐藏层" + (plan.widths.length > 1 ? ` ${layer + 1}` : " ") });
    if (plan.widths.length == 1) make(title, "span", { lang: "en", textContent: "hidden" });
    return Array.from({ length: width }, (_, unit) => makeUnit(column, layer, unit));
  });
  const most = Math.max(0, ...plan.widths);
  document.documentElement.style.setProperty("--most", Math.max(most, 1));
  document.documentElement.classList.toggle("deep", plan.widths.length > 1);
  document.documentElement.classList.toggle("many", most > 12);
}

function makeUnit(column, layer, unit) {
  const box = make(column, "button", { type: "button", className: "unit" });
  const map = make(box, "canvas"), text = make(box, "span");
  make(text, "b", { textContent: unitName(layer, unit) });
  watch(box, layer, unit);
  box.addEventListener("click", () => {
    if (box.tapped) { box.tapped = false; return; } // the first tap only looks at it
    const off = state.off.map(units => new Set(units));
    if (!off[layer].delete(unit)) off[layer].add(unit);
    change({ off });
  });
  return { box, map, value: make(text, "span") };
}

function makeAnswer(kind, place) {
  const box = make(find("output"), "div", { className: "answer class" + place });
  const map = make(box, "canvas"), button = make(box, "button", { type: "button" });
  markOf(make(button, "span"), place);
  writeName(button, kind);
  const share = make(button, "strong"), track = make(button, "span", { className: "track" });
  const logit = make(button, "small");
  watch(box, film.plan.widths.length, place);
  return { box, map, share, bar: make(track, "span"), logit };
}

// The shape and colour of a class.
function markOf(parent, kind) {
  parent.classList.add("mark", "class" + kind);
  const svg = svgPart(parent, "svg", { viewBox: "-1.5 -1.5 3 3", "aria-hidden": "true" });
  svgPart(svg, "path", { d: SHAPES[kind] });
}

// Pointing at a neuron or focusing it looks at it; a finger's first tap does, too.
function watch(box, layer, place) {
  const node = { layer, place };
  const looking = () => state.pointed && state.node.layer == layer && state.node.place == place;
  box.addEventListener("pointerdown", ({ pointerType }) => {
    box.tapped = pointerType == "touch" && !looking();
  });
  for (const event of ["pointerenter", "focusin"])
    box.addEventListener(event, ({ pointerType }) => {
      if (pointerType == "touch") return;
      change({ node, pointed: true });
    });
  box.addEventListener("click", () => change({ node, pointed: true }));
  box.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType != "touch") change({ pointed: false });
  });
  box.addEventListener("focusout", () => change({ pointed: false }));
}

// ---- What they do

const choose = row => change({ chosen: row, row: row ? row.values : typical, said: null });

// A click near a row on the large map chooses it, a ringed one first; elsewhere, and by dragging
// with a mouse, the two features change. A finger taps; dragging it scrolls the page.
function watchMap(map) {
  const shares = ({ offsetX, offsetY }) => [offsetX / map.clientWidth, offsetY / map.clientHeight]
    .map(share => Math.min(1, Math.max(0, share)));
  const moveTo = event => {
    const [x, y] = state.axes, row = moved(state.row, ...shares(event));
    change({ row: row.with(x, neat(row[x], x)).with(y, neat(row[y], y)) });
  };
  map.addEventListener("click", event => {
    if (map.dragged) { map.dragged = false; return; }
    const side = map.clientWidth, distance = row => {
      const [x, y] = placeOf(row.values);
      return Math.hypot(x * side - event.offsetX, y * side - event.offsetY)
        + (judgedNow.wrong.includes(row) ? 0 : 2);
    };
    const nearest = rows.reduce((best, row) => distance(row) < distance(best) ? row : best);
    if (distance(nearest) < 9) choose(nearest);
    else moveTo(event);
  });
  map.addEventListener("pointerdown", event => {
    map.start = event.pointerType == "touch" ? null : [event.offsetX, event.offsetY];
    if (map.start) map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", event => {
    if (!event.buttons || !map.start) return;
    const [x, y] = map.start;
    map.dragged ||= Math.hypot(event.offsetX - x, event.offsetY - y) > 4;
    if (map.dragged) moveTo(event);
  });
}

// Another run on the screen: other layers may have other units.
function show(part) {
  const before = state.run.plan.widths.join();
  Object.assign(state, part);
  if (state.run.plan.widths.join() != before) {
    if (!part.off) state.off = noneOff(state.run.plan);
    state.node = { layer: state.run.plan.widths.length, place: 0 };
    makeUnits();
    relayout();
  }
  change({});
}

function editWeight(at, value) {
  stopPlaying();
  stopTraining();
  const run = edited(at, value);
  change({ run, time: run.frames.length - 1 });
}

function restart(how) {
  stopPlaying();
  stopTraining();
  const run = restarted(how);
  show({ run, time: 0, said: null });
}

const rate = () => 10 ** Number(find("rate").value);

function goOn(steps, growth) {
  stopPlaying();
  state.said = null;
  return trainOn({ steps, rate: rate(), growth });
}

function toggleTraining() {
  if (job) return settle(stopTraining);
  const growth = { 20: 0.02, 9: 0.05, 4: 0.12, 1: Infinity }[find("speed").value];
  return goOn(Infinity, growth);
}

function reset() {
  stopPlaying();
  stopTraining();
  mostOff = 0;
  find("carried").checked = false;
  find("rate").value = -2;
  find("speed").value = 9;
  show({ ...atStart(), said: null });
  state.page = 0;
  makeInputs();
  writeAxes();
  relayout();
}

function restartFromForm(event) {
  event.preventDefault();
  const seed = readNumber(find("seed").value), width = readNumber(find("width").value);
  const good = { seed: Number.isInteger(seed) && seed >= 0,
    width: !film.plan.widths.length || (Number.isInteger(width) && width >= 1 && width <= 32) };
  for (const id of ["seed", "width"]) find(id).ariaInvalid = String(!good[id]);
  if (!good.seed || !good.width) return;
  restart({ seed, widths: film.plan.widths.map(() => width), scaling: find("scaling").value });
  openRestart(false);
  find("seed").value = seed + 1; // another one the next time
}

function openRestart(open) {
  find("restart").hidden = !open;
  find("again").ariaExpanded = String(open);
}

// ---- The link

async function copyLink() {
  if (location.protocol == "about:") return change({ said: "这里是笔记本里的一个框，没有地址可以复制。"
    + "请用 explore(…).save(\"网络.html\") 存成文件，在浏览器里打开它，再复制链接。" });
  const link = `${location.href.split("#")[0]}#${linkText()}`;
  let said = "链接已复制：用同一个文件打开它，看到的就是现在这样。";
  try { history.replaceState(null, "", link); } catch { said = ""; }
  try { await navigator.clipboard.writeText(link); } catch {
    said = "浏览器不让复制，请自己复制地址栏里的地址：现在的样子都在里面。";
  }
  change({ said });
}

function openLink() {
  if (location.hash.length < 2) return;
  try {
    const part = stateFrom(location.hash.slice(1));
    const widths = part.run.plan.widths.join() != state.run.plan.widths.join();
    show({ ...part, said: null });
    if (widths) makeUnits();
    writeAxes();
  } catch {
    change({ said: "链接不完整，或者不是这个页面的：这里是页面原来的样子。" });
  }
}

// ---- Drawing all of it

function redraw() {
  const { run } = state, frame = frameNow();
  for (const one of run.frames) measured(run, one, state.off);
  const answer = answerNow(), heaviest = Math.max(...run.frames.map(one => one.heaviest)) || 1;
  const strongest = Math.max(...run.frames.map(one => one.strongest)) || 1;
  judgedNow = judge(run, frame.numbers, state.off);
  writeNetwork(answer, judgedNow);
  writeRow(answer);
  writeSum(answer);
  drawMaps(strongest);
  drawMarks(judgedNow.wrong, spots.side);
  write("thickest", shown(drawEdges(answer, heaviest)));
  write("strongest", shown(strongest));
  drawCurve();
  writeScores(judgedNow);
  if (data.iris) drawIris(state.row);
}

// After a change of the layout.
function relayout() {
  measureNetwork();
  const { width, height } = find("plot").getBoundingClientRect();
  spots.plot = { width, height };
  redraw();
}

// How wide the page is decides how its parts lie; paper is as wide as it is drawn.
function arrange() {
  const root = document.documentElement, rem = parseFloat(getComputedStyle(root).fontSize);
  const printing = root.classList.contains("printing");
  const wide = root.clientWidth / rem, need = 35 + 8.5 * Math.max(0, film.plan.widths.length - 1);
  const kind = printing ? (top == self ? "wide" : "middle")
    : wide >= need + 37 ? "wide" : wide >= need + 17.5 ? "middle" : "narrow";
  for (const name of ["wide", "middle", "narrow"]) root.classList.toggle(name, name == kind);
  root.classList.toggle("small", classes.length > 4);
  root.style.setProperty("--classes", classes.length);
  relayout();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  write("theme", theme == "dark" ? "☀ 浅色" : "☾ 深色");
  marksKept = {};
  if (judgedNow) redraw();
}

function printing(on) {
  const root = document.documentElement;
  root.classList.toggle("printing", on);
  if (on) root.dataset.screen = root.dataset.theme;
  setTheme(on ? "light" : root.dataset.screen);
  root.style.fontSize = "";
  arrange();
  const most = 718 - 10; // A4 across, in CSS pixels between margins of 1 cm
  const tall = document.body.scrollHeight;
  if (on && top == self && tall > most) {
    root.style.fontSize = `${parseFloat(getComputedStyle(root).fontSize) * most / tall}px`;
    relayout();
  }
}

// ---- Start

function writeAxes() {
  find("across").value = state.axes[0];
  find("up").value = state.axes[1];
  const others = features.length > 2;
  write("held", words.this + (others ? "；图上其余的特征都取它的数" : ""));
  const axis = (name, ends) => {
    const part = document.querySelector(name);
    part.replaceChildren();
    for (const text of ends) make(part, "span", { textContent: text });
  };
  const [x, y] = state.axes, ends = i => [low[i], high[i]].map(value => shownTick(value));
  axis(".ticks.across", ends(x));
  axis(".ticks.up", ends(y).reverse());
  find("marks").ariaLabel = `大图：横轴${features[x].name}，纵轴${features[y].name}，每个记号是表里的一行`;
}

const shownTick = value => String(Number(value.toPrecision(3))).replace("-", "−");

function chooseAxis(axis, i) {
  const axes = [...state.axes];
  if (axes[1 - axis] == i) axes[1 - axis] = axes[axis];
  axes[axis] = i;
  change({ axes });
  writeAxes();
}

function fillMenus() {
  features.forEach((feature, value) => {
    for (const id of ["across", "up"]) make(find(id), "option", { value, textContent: feature.name });
  });
  rows.forEach(({ set, place, kind, values }, value) => make(find(set + "-rows"), "option",
    { value, textContent: `${set} ${place}：${classes[kind].name}`
      + (values.length <= 4 ? " " + values.join(" ") : "") }));
  find("choice").ariaLabel = `从 ${rows.length} ${words.count}里选一${words.count}`;
  find("choice").options[0].textContent = "各特征的中位数 median";
  classes.forEach((_, kind) => {
    const part = make(find("legend"), "span");
    markOf(make(part, "span"), kind);
    make(part, "span", { textContent: classes[kind].name + " " });
  });
}

function writeOnce() {
  write("title", data.title);
  write("carried-text", `${words.this}传过的值（权重 × 激活值）`);
  const { linear, steps } = film.plan;
  const biases = linear.reduce((sum, place) => sum + steps[place].outputs, 0);
  const weights = linear.reduce((sum, place) => sum + steps[place].inputs * steps[place].outputs, 0);
  write("size", `${weights.toLocaleString("en")} 个权重，${biases} 个偏置`);
  find("film").hidden = find("timed").hidden = film.frames.length == 1;
  find("challenge").hidden = find("width-part").hidden = !film.plan.widths.length;
  find("width").value = film.plan.widths[0] ?? "";
  film.right = judge(film, film.frames.at(-1).numbers, noneOff(film.plan)).right.test;
  if (!data.frozen) return;
  find("training").replaceChildren();
  make(find("training"), "p", { textContent:
    `这个网络里有 ${data.frozen}：页面照 eval 模式算它，不能在这里接着训练。` });
  find("trained").hidden = true;
}

const on = (id, event, action) => find(id)?.addEventListener(event, action);

function listen() {
  on("play", "click", play);
  on("back", "click", () => step(-1));
  on("forth", "click", () => step(1));
  on("epoch", "input", ({ target }) => { stopPlaying(); stopTraining(); change({ time: nearestTime(target.value / 1000) }); });
  on("epoch", "keydown", event => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e9, End: 1e9 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });
  on("plot", "click", event => {
    stopPlaying();
    stopTraining();
    const x = event.clientX - find("plot").getBoundingClientRect().left - MARGINS.left;
    change({ time: nearestTime(x / (spots.plot.width - MARGINS.left - MARGINS.right)) });
  });
  on("go", "click", toggleTraining);
  on("one", "click", () => goOn(1, Infinity));
  on("hundred", "click", () => goOn(100, Infinity));
  on("rate", "input", writeRate);
  on("again", "click", () => openRestart(find("restart").hidden));
  on("restart", "submit", restartFromForm);
  on("choice", "change", ({ target }) => choose(rows[target.value] ?? null));
  on("next-wrong", "click", () => {
    const { wrong } = judgedNow;
    choose(wrong[(wrong.indexOf(state.chosen) + 1) % wrong.length]);
  });
  on("carried", "change", ({ target }) => change({ carried: target.checked }));
  on("across", "change", ({ target }) => chooseAxis(0, Number(target.value)));
  on("up", "change", ({ target }) => chooseAxis(1, Number(target.value)));
  on("whole", "click", () => change({ pointed: false }));
  on("reset", "click", reset);
  on("copy", "click", copyLink);
  on("theme", "click", () => setTheme(document.documentElement.dataset.theme == "dark" ? "light" : "dark"));
  watchMap(find("marks"));
}

function writeRate() {
  if (!find("rate")) return;
  write("rate-text", Number(rate().toPrecision(2)));
  find("rate").ariaValueText = find("rate-text").textContent;
}

fillMenus();
writeOnce();
makeInputs();
answers = classes.map(makeAnswer);
makeUnits();
writeAxes();
writeRate();
stopPlaying();
listen();
const dark = matchMedia("(prefers-color-scheme: dark)");
setTheme(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
// A page around this one says which of the two it has.
addEventListener("message", ({ data: theme, source }) => {
  if (source == parent && ["light", "dark"].includes(theme?.day38)) setTheme(theme.day38);
});
addEventListener("beforeprint", () => printing(true));
addEventListener("afterprint", () => printing(false));
addEventListener("hashchange", openLink);
arrange();
openLink();
new ResizeObserver(() => { if (!document.documentElement.classList.contains("printing")) arrange(); }).observe(find("network"));

// For programs: explorer.set({ epoch: 200, row: [6.2, 2.2, 4.5, 1.5], off: [0] }), any part.
const flat = layers => layers.length == 1 ? layers[0] : layers;
window.explorer = {
  set({ epoch, row = state.row, axes = state.axes, off }) {
    const time = film.frames.findIndex(frame => frame.epoch === epoch);
    if (epoch !== undefined && time < 0) throw new RangeError(`no snapshot of epoch ${epoch}`);
    const part = epoch === undefined ? { run: state.run } : { run: film, time };
    const { widths } = part.run.plan, same = widths.join() == state.run.plan.widths.join();
    const given = off ? (widths.length == 1 && !off[0]?.length ? [off.flat()] : off)
      : same ? state.off.map(units => [...units]) : widths.map(() => []);
    if (epoch !== undefined) { stopPlaying(); stopTraining(); }
    show({ ...part, ...checkedParts({ row, axes, off: given }, part.run.plan) });
    writeAxes();
  },
  async train({ steps = 1, rate: speed = rate() } = {}) {
    stopPlaying();
    await trainOn({ steps, rate: speed });
  },
  restart({ seed = 1, width, scaling } = {}) {
    const { widths } = film.plan;
    restart({ seed, scaling, widths: width ? widths.map(() => width) : widths });
  },
  get probabilities() { return [...answerNow().probabilities]; },
  get activations() { return flat(answerNow().passed.map(values => [...values])); },
  get loss() { return judge(state.run, frameNow().numbers, state.off).loss.train; },
  get accuracy() {
    const { right } = judge(state.run, frameNow().numbers, state.off);
    return Object.fromEntries(SETS.map(set => [set, right[set] / kinds[set].length]));
  },
  get state() { return stateNow(); },
};
