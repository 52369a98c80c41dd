// Small tools for charts: elements, the time axis, a tip with values, and keys that walk along.

const SVG = "http://www.w3.org/2000/svg";
const tip = document.getElementById("tip");
const spot = ({ screenX, screenY }) => `${screenX},${screenY}`;
let told = null; // the item whose tip is shown
let resting = ""; // where the pointer last was

/** An HTML element with these properties and children. */
export function html(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** An SVG element with these attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const rect = (x, y, width, height, attributes = {}) =>
  svg("rect", { x, y, width: Math.max(0, width), height: Math.max(0, height), ...attributes });

/** A line of text, or several below one another. */
export function words(x, y, text, attributes = {}) {
  const lines = text.split("\n").map((line, place) =>
    svg("tspan", { x, dy: place ? "1.3em" : 0 }, line));
  return svg("text", { x, y, ...attributes }, ...lines);
}

/** The marks of a time axis, as many as find room; the one that names its day is among them. */
export function timeAxis(ticks, x, y, room = 56) {
  const gaps = ticks.slice(1).map(([at], place) => x(at) - x(ticks[place][0]));
  const every = Math.ceil(room / Math.min(room, ...gaps));
  const named = Math.max(0, ticks.findIndex(([, label]) => label.includes("\n")));
  return ticks.filter((_, place) => (place - named) % every === 0).map(([at, label]) =>
    words(x(at), y, label, { class: "mark", "text-anchor": "middle" }));
}

/** One value of a chart: `lines` are told in its tip, and in words to those who hear it. */
export function item(key, name, lines, ...shapes) {
  const said = lines.map((line) => line.text).filter(Boolean).join(", ");
  const made = svg("g", {
    class: "item", role: "img", tabindex: -1, "data-key": key, "aria-label": `${name}: ${said}`,
  }, ...shapes);
  const show = () => showTip(made, name, lines);
  // A page that scrolls under a resting pointer must not take the tip from the keyboard.
  made.addEventListener("pointermove", (event) => spot(event) !== resting && show());
  made.addEventListener("focus", show);
  for (const end of ["pointerleave", "blur"]) made.addEventListener(end, () => hideTip(made));
  return made;
}

/**
 * Put a drawing in its place. One stop of the Tab key; `step(key, way)` names the neighbour that an
 * arrow key leads to. A drawing that replaces another keeps the focus where it was.
 */
export function place(box, label, width, height, shapes, items, step) {
  const held = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const byKey = new Map(items.map((it) => [it.dataset.key, it]));
  const drawing = svg("svg", { width, height, role: "group", "aria-labelledby": label,
    "aria-describedby": "keys" }, ...shapes, ...items);
  drawing.addEventListener("keydown", (event) => {
    const key = document.activeElement.dataset.key;
    const ends = { Home: items[0], End: items.at(-1) };
    const next = ends[event.key] ?? byKey.get(step(key, event.key));
    if (!next) return;
    event.preventDefault();
    stop(items, next);
    next.focus();
  });
  box.replaceChildren(drawing);
  const kept = byKey.get(held);
  if (items.length) stop(items, kept ?? items.at(-1));
  kept?.focus();
}

function stop(items, chosen) {
  for (const it of items) it.setAttribute("tabindex", it === chosen ? 0 : -1);
}

/** A table of the same values; `rows` are lists whose first part is the row's name. */
export function table(box, titleId, heads, rows) {
  const title = document.getElementById(titleId).firstChild.textContent.trim();
  const head = html("tr", {}, ...heads.map((it) => html("th", { scope: "col" }, it)));
  const body = rows.map(([name, ...values]) =>
    html("tr", {}, html("th", { scope: "row" }, name), ...values.map((it) => html("td", {}, it))));
  box.replaceChildren(html("table", {}, html("caption", { className: "unseen" }, title),
    html("thead", {}, head), html("tbody", {}, ...body)));
}

function showTip(target, name, lines) {
  if (told === target) return;
  told = target;
  tip.replaceChildren(html("strong", {}, name), ...lines.filter((it) => it.text).map((it) =>
    html("span", { className: it.group ? `swatch ${it.group}` : "" }, it.text)));
  tip.hidden = false;
  const at = target.querySelector(".hit").getBoundingClientRect();
  const left = at.left + at.width / 2 - tip.offsetWidth / 2;
  const above = at.top - tip.offsetHeight - 8;
  const widest = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${scrollX + Math.min(Math.max(8, left), widest)}px`;
  tip.style.top = `${scrollY + (above > 8 ? above : at.bottom + 8)}px`;
}

/** Take the tip away; with a target, only if it is the target's. */
export function hideTip(target) {
  if (target && told !== target) return;
  told = null;
  tip.hidden = true;
}

addEventListener("pointermove", (event) => { resting = spot(event); });
addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
