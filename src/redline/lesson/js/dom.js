// Elements, words, numbers: what every screen is made of.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== false));
  return element;
}

// An HTML element: h("p", { class: "lead" }, "text", another)
const h = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);

// An SVG element.
const s = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

// The words under a dotted key, with {names} replaced.
function say(key, values = {}) {
  const words = key.split(".").reduce((part, name) => part?.[name], LESSON.words);
  if (typeof words !== "string") throw new Error(`no words for ${key}`);
  return words.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`${key} needs {${name}}`);
    return values[name];
  });
}

// Text with **strong** parts, as nodes.
const rich = (text) =>
  text.split("**").map((part, i) => (i % 2 ? h("strong", {}, part) : part));

// The words under a key as paragraphs, one for each block between empty lines.
const paragraphs = (key, values, attributes = {}) =>
  say(key, values).trim().split(/\n\s*\n/).map((text) => h("p", attributes, rich(text.replace(/\s+/g, " "))));

const button = (label, act, attributes = {}) =>
  h("button", { type: "button", onclick: act, ...attributes }, label);

let announcer = null;
// Tell a screen reader what has changed.
function announce(text) {
  if (announcer) announcer.textContent = text;
}

// Numbers as people read them

const percent = (share) => {
  const value = 100 * share;
  const digits = (value > 0 && value < 9.95) || (value > 90.05 && value < 100) ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, "")}\u00a0%`;
};
const points = (share) => say("points", { n: Math.round(100 * share) });
const interval = ({ low, high }) => `${percent(low)} – ${percent(high)}`;
function signed(value, digits = 2) {
  const size = Math.abs(value).toFixed(digits);
  return +size === 0 ? size : `${value < 0 ? "−" : "+"}${size}`;
}
const plain = (value) => String(+value.toPrecision(4)).replace("-", "−");
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function listed(parts) {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${say("and")} ${parts.at(-1)}`;
}

// The Monday of a week, where the world has a start; else the number of the week.
function week_name(world, week) {
  if (!world.start) return say("week", { week: week + 1 });
  const day = new Date(Date.parse(`${world.start}T00:00:00Z`) + week * 7 * 86400000);
  return new Intl.DateTimeFormat(LESSON.words.language, {
    day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
  }).format(day);
}

const rung_names = (actor) => LESSON.words[actor === WASHINGTON ? "responses" : "provocations"];
const rung_name = (actor, rung) => rung_names(actor)[rung];

// Figures: drawn at the width that they have, and again when that changes.

const figures = new Set();

// Forget the figures that are nowhere in the lesson any more.
function forget(place) {
  for (const frame of figures) if (place.contains(frame)) figures.delete(frame);
}

// A picture with its finding above and what it rests on below. `draw(width)` returns the SVG;
// `text()` returns { title, caption }, and may be asked again at every redraw.
function figure(draw, text, { table = null, key = null } = {}) {
  const title = h("h3"), caption = h("figcaption"), place = h("div", { class: "picture" });
  const rows = h("div", { class: "sr" }), legend = h("div");
  const frame = h("figure", {}, title, place, legend, rows, caption);
  frame.redraw = () => {
    const width = Math.floor(place.clientWidth || frame.clientWidth);
    if (!width) return;
    const words = text();
    const svg = draw(width);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", words.title);
    title.textContent = words.title;
    caption.textContent = words.caption;
    place.replaceChildren(svg);
    if (table) rows.replaceChildren(table());
    if (key) legend.replaceChildren(key());
  };
  figures.add(frame);
  return frame;
}

function redraw_all() {
  for (const frame of figures) {
    if (frame.isConnected && frame.offsetParent !== null) frame.redraw();
  }
}

// What a picture rests on.
const rests_on = (values) =>
  say(values.n === 1 ? "caption_one" : "caption", { version: LESSON.version, seed: memory.seed, ...values });
// The same of a block of histories, behind what else is said under it.
const rests_on_block = (block, ...keys) =>
  [...keys.map((key) => say(key)), rests_on({ n: block.count, weeks: block.world.weeks })].join(" ");

// A slider with its label and its value in words.
function slider({ label, min, max, step, value, show = plain, change, disabled = false, hint = "" }) {
  const shown = h("output");
  const input = h("input", {
    type: "range", min, max, step, disabled, "aria-label": label,
    oninput: () => {
      tell(show(+input.value));
      change(+input.value);
    },
  });
  const tell = (words) => {
    shown.textContent = words;
    input.setAttribute("aria-valuetext", words);
  };
  input.value = value ?? (min + max) / 2;
  tell(value === null ? say("not_yet") : show(value));
  const box = h("label", { class: "slider" }, h("span", {}, label), shown, input,
    hint && h("small", {}, hint));
  box.set = (to) => {
    input.value = to;
    tell(show(to));
  };
  box.input = input;
  return box;
}

// A choice among a few: { value: label }.
function choice({ legend, name, options, value, change, disabled = false }) {
  return h("fieldset", { class: "choice", disabled },
    h("legend", {}, legend),
    Object.entries(options).map(([key, label]) =>
      h("label", {},
        h("input", { type: "radio", name, value: key, checked: key === value, onchange: () => change(key) }),
        label)));
}

// Saving

function save_as(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The SVG of a figure as a PNG, at twice its size, on the page's ground.
async function save_png(frame, name) {
  const svg = frame.querySelector("svg"), copy = svg.cloneNode(true);
  const sources = [svg, ...svg.querySelectorAll("*")], copies = [copy, ...copy.querySelectorAll("*")];
  sources.forEach((source, i) => {
    const style = getComputedStyle(source);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font"]) {
      copies[i].style.setProperty(name, style.getPropertyValue(name));
    }
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", SVG);
  const image = new Image();
  image.src = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = h("canvas", { width: 2 * width, height: 2 * height + 80 });
  const context = canvas.getContext("2d");
  const ground = getComputedStyle(document.body);
  context.fillStyle = ground.backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, 2 * width, 2 * height);
  context.fillStyle = ground.color;
  context.font = "22px system-ui, sans-serif";
  context.fillText(frame.querySelector("figcaption").textContent, 16, 2 * height + 48, 2 * width - 32);
  URL.revokeObjectURL(image.src);
  save_as(name, await new Promise((done) => canvas.toBlob(done, "image/png")));
}
