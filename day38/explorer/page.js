// The page: drawing all of it, its layout, its beginning, and a door for programs.

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
  for (const draw of extras) draw(state.row);
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
  colors = {};
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

function fillMenus() {
  features.forEach((feature, value) => {
    for (const id of ["across", "up"]) make(find(id), "option", { value, textContent: feature.name });
  });
  rows.forEach(({ set, place, kind, values }, value) => make(find(set + "-rows"), "option",
    { value, textContent: `${set} ${place}：${classes[kind].name}`
      + (values.length <= 4 ? " " + values.join(" ") : "") }));
  find("choice").ariaLabel = `从 ${rows.length} ${words.count}里选一${words.count}`;
  find("choice").options[0].textContent = "各特征的中位数";
  classes.forEach((_, kind) => {
    const part = make(find("legend"), "span");
    markOf(make(part, "span"), kind);
    make(part, "span", { textContent: classes[kind].name + " " });
  });
}

function writeOnce() {
  write("title", data.title);
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
