// The three charts. The server decides what is shown and says it in words; here it gets its shape.

import { html, item, place, rect, svg, table, timeAxis, words } from "./shapes.js";

const LEFT = 54, RIGHT = 8, GAP = 0.14;
const box = (id) => document.getElementById(id);
const walk = (key, way) =>
  ({ ArrowRight: `${+key + 1}`, ArrowLeft: `${+key - 1}` })[way];

/** Each step's shares, stacked; a step with too little to show stays blank. */
export function drawShares(mood, width) {
  const plot = box("shares"), foot = axisRoom(mood), height = 216 + foot;
  const x = scale(mood.hours, width), y = (share) => 8 + (height - foot - 8) * (1 - share);
  const items = mood.steps.map((step, place) => {
    const [left, wide] = span(step, x);
    let floor = 0;
    const bars = step.shares.map((it) => {
      const top = floor + it.share;
      const bar = rect(left, y(top), wide, y(floor) - y(top), { class: `bar ${it.group}` });
      floor = top;
      return bar;
    });
    const lines = [...step.shares].reverse().map((it) =>
      ({ text: `${it.name} ${it.said}`, group: it.group }));
    return item(place, step.name, [...lines, { text: step.counted }], ...bars, hit(step, x, 8, y(0) - 8));
  });
  place(plot, "shares-title", width, height, [
    ground(x, mood.hours, 8, y(0) - 8),
    ...[[0, "0%"], [0.5, "50%"], [1, "100%"]].flatMap(([share, label]) => level(y(share), label, width)),
    ...timeAxis(mood.ticks, x, height - foot + 20),
  ], items, walk);

  box("shares-note").textContent = mood.blank;
  box("groups").replaceChildren(...mood.groups.map((it) =>
    html("li", { className: `swatch ${it.group}` }, `${it.name} `, html("b", {}, it.said))));
  const { when, messages } = box("shares-table").dataset;
  const groups = mood.groups;
  table(box("shares-table"), "shares-title", [when, ...groups.map((it) => it.name), messages],
    heard(mood).map((step) => [step.name, ...groups.map((group) =>
      step.shares.find((it) => it.group === group.group)?.said ?? "–"), step.messages]));
}

/** The mean valence of each step as a line round its middle, and the messages beneath. */
export function drawValence(mood, width) {
  const plot = box("valence"), high = 170, low = 64, top = 8;
  const counts = top + high + 24, foot = counts + low, height = foot + axisRoom(mood);
  const x = scale(mood.hours, width);
  const y = (valence) => top + (high / 2) * (1 - valence / mood.reach);
  const most = Math.max(1, ...mood.steps.map((step) => step.messages));
  const middle = (step) => x(step.at + step.length / 2);
  const items = mood.steps.map((step, place) => {
    const [left, wide] = span(step, x), tall = low * step.messages / most;
    const dot = step.valence === null ? []
      : [svg("circle", { cx: middle(step), cy: y(step.valence), r: 3.5, class: "dot" })];
    return item(place, step.name, [{ text: step.feel }, { text: step.counted }],
      rect(left, foot - tall, wide, tall, { class: "count" }), ...dot, hit(step, x, top, foot - top));
  });
  const runs = unbroken(mood.steps).map((run) => run.map((step) => [middle(step), y(step.valence)]));
  const { bright, even, heavy } = plot.dataset;
  place(plot, "valence-title", width, height, [
    ground(x, mood.hours, top, high),
    ...runs.flatMap((run) => area(run, y(0), top, high)),
    ...level(y(mood.reach), bright, width), ...level(y(0), even, width), ...level(y(-mood.reach), heavy, width),
    ...runs.map((run) => svg("path", { d: `M${run.join("L")}`, class: "line" })),
    ground(x, mood.hours, counts, low),
    ...level(foot - low, most.toLocaleString(document.documentElement.lang), width),
    ...timeAxis(mood.ticks, x, foot + 20),
  ], items, walk);

  const { when, feel, messages } = box("valence-table").dataset;
  table(box("valence-table"), "valence-title", [when, feel, messages],
    heard(mood).map((step) => [step.name, step.feel || "–", step.messages]));
}

/** The hours of the week: colour for mood, the width of a mark for messages. Upright on a phone. */
export function drawWeek(week, width) {
  box("week-card").hidden = !week;
  if (!week) return;
  const plot = box("week"), upright = width < 560;
  const days = week.weekdays.length, head = 26;
  const across = upright ? days : 24, down = upright ? 24 : days;
  const wide = (width - LEFT - RIGHT) / across, tall = upright ? 22 : 34, height = head + tall * down + 6;
  const most = Math.max(...week.cells.map((it) => it.messages));
  const at = (day, hour) => {
    const [column, row] = upright ? [day, hour] : [hour, day];
    return [LEFT + column * wide, head + row * tall];
  };
  const items = week.cells.map((it) => {
    const [left, top] = at(it.weekday, it.hour), part = 0.18 + 0.74 * it.messages / most;
    const mark = rect(left + wide * (1 - part) / 2, top + 2, wide * part, tall - 4,
      { class: `cell ${it.valence < 0 ? "sadness" : "joy"}`, rx: 2 });
    mark.style.setProperty("--strength", `${Math.round(100 * Math.abs(it.valence) / week.reach)}%`);
    return item(`${it.weekday}-${it.hour}`, it.name, [{ text: it.feel }, { text: it.counted }],
      mark, rect(left, top, wide, tall, { class: "hit" }));
  });
  const hours = week.hours.flatMap((name, hour) => hour % 3 ? [] : [upright
    ? words(LEFT - 10, at(0, hour)[1] + tall / 2 + 4, name, { class: "mark", "text-anchor": "end" })
    : words(at(0, hour)[0], 16, name, { class: "mark" })]);
  const names = week.weekdays.map((name, day) => upright
    ? words(at(day, 0)[0] + wide / 2, 16, name, { class: "mark", "text-anchor": "middle" })
    : words(LEFT - 12, at(day, 0)[1] + tall / 2 + 4, name, { class: "mark", "text-anchor": "end" }));
  place(plot, "week-title", width, height, [
    rect(LEFT, head, wide * across, tall * down, { class: "ground" }), ...hours, ...names,
  ], items, neighbour(week.cells, upright));

  box("week-window").textContent = week.title;
  box("week-said").textContent = week.said;
  box("week-note").textContent = week.note;
  const { when, feel, messages } = box("week-table").dataset;
  table(box("week-table"), "week-title", [when, feel, messages],
    week.cells.map((it) => [it.name, it.feel, it.messages]));
}

/** The nearest cell in the direction of an arrow key, along the same row or column first. */
function neighbour(cells, upright) {
  return (key, way) => {
    const [day, hour] = key.split("-").map(Number);
    const turn = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[way];
    if (!turn) return undefined;
    const [days, hours] = upright ? turn : [turn[1], turn[0]];
    const ahead = cells.flatMap((it) => {
      const along = (it.weekday - day) * days + (it.hour - hour) * hours;
      const aside = Math.abs((it.weekday - day) * hours) + Math.abs((it.hour - hour) * days);
      return along > 0 ? [[along + 10 * aside, `${it.weekday}-${it.hour}`]] : [];
    });
    return ahead.sort(([one], [other]) => one - other)[0]?.[1];
  };
}

const scale = (hours, width) => (at) => LEFT + (width - LEFT - RIGHT) * at / hours;

function span(step, x) {
  const wide = x(step.at + step.length) - x(step.at);
  return [x(step.at) + wide * GAP / 2, wide * (1 - GAP)];
}

const hit = (step, x, top, height) =>
  rect(x(step.at), top, x(step.at + step.length) - x(step.at), height, { class: "hit" });

const ground = (x, hours, top, height) => rect(x(0), top, x(hours) - x(0), height, { class: "ground" });

const level = (y, label, width) => [
  svg("line", { x1: LEFT, x2: width - RIGHT, y1: y, y2: y, class: "rule" }),
  words(LEFT - 10, y + 4, label, { class: "mark", "text-anchor": "end" }),
];

/** The area between a line and the middle, in one colour above it and another below. */
function area(run, middle, top, high) {
  const shape = `M${run[0][0]},${middle}L${run.join("L")}L${run.at(-1)[0]},${middle}Z`;
  const id = `above-${Math.round(run[0][0])}`;
  const clip = (name, y, height) =>
    svg("clipPath", { id: name }, rect(0, y, 4000, height));
  return [
    clip(id, top, middle - top), clip(`${id}-below`, middle, top + high - middle),
    svg("path", { d: shape, class: "area joy", "clip-path": `url(#${id})` }),
    svg("path", { d: shape, class: "area sadness", "clip-path": `url(#${id}-below)` }),
  ];
}

/** The stretches of steps that have a valence. */
function unbroken(steps) {
  const runs = [];
  steps.forEach((step, place) => {
    if (step.valence === null) return;
    if (place && steps[place - 1].valence !== null) runs.at(-1).push(step);
    else runs.push([step]);
  });
  return runs;
}

const axisRoom = (mood) => (mood.ticks.some(([, label]) => label.includes("\n")) ? 44 : 28);

const heard = (mood) => mood.steps.filter((step) => step.messages);
