// The parts of the page that the table and the network call for: inputs, units, answers.

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

