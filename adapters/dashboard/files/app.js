// The page: lets itself in with the link's token, lists the channels, shows one, stays up to date.

import { drawShares, drawValence, drawWeek } from "./charts.js";
import { hideTip, html } from "./shapes.js";

const EVERY = 5000; // milliseconds between two looks for news
const HOME = "/dashboard";
const page = document.documentElement, at = (id) => document.getElementById(id);
const lines = new Map(); // channel id -> its place in the list
const query = new URLSearchParams(location.search);
const state = { channel: query.get("channel"), window: query.get("window") ?? "24h" };
let version = "", known = [], shown = null, timer = 0, asked = 0, drawn = 0;

/** The server's answer: its values, or null for "nothing new". Ends the visit when it is over. */
async function ask(path, options) {
  const answer = await fetch(`${HOME}/${path}`, options);
  if (answer.status === 204) return null;
  const values = await answer.json();
  if (answer.status === 401) close(values);
  if (!answer.ok) throw new Error(values.text);
  return values;
}

const speaking = (path, more = {}) => `${path}?${new URLSearchParams({ lang: page.lang, ...more })}`;

async function enter() {
  const token = location.hash.slice(1);
  if (!token.includes(".")) return;
  history.replaceState(null, "", location.pathname + location.search);
  const headers = { "Content-Type": "application/json" };
  await ask(speaking("session"), { method: "POST", headers, body: JSON.stringify(token) });
}

function close({ title, text }) {
  clearInterval(timer);
  for (const id of ["open", "live", "leave"]) at(id).hidden = true;
  hideTip();
  at("closed-title").textContent = title;
  at("closed-text").textContent = text;
  at("closed").hidden = false;
  at("closed").focus();
}

/** Look for news: of all channels, and of the one shown if something happened in it. */
async function refresh() {
  if (document.hidden && shown) return;
  try {
    const news = await ask(speaking("channels", { since: version }));
    if (news) {
      const before = JSON.stringify(current());
      version = news.version;
      known = news.channels;
      if (!current()) state.channel = liveliest()?.id ?? null;
      const stale = state.channel && (!shown || JSON.stringify(current()) !== before);
      const showing = stale ? show() : null; // on its way while the list is made
      list(news);
      mark();
      await showing;
    }
    live(true);
  } catch (error) {
    if (at("closed").hidden) live(false, error);
  }
}

const current = () => known.find((it) => it.id === state.channel);
const liveliest = () => [...known].sort((one, other) => other.messages - one.messages)[0];

function live(well) {
  const { live: on, lost } = at("live").dataset;
  const time = new Date().toLocaleTimeString(page.lang, { hour: "2-digit", minute: "2-digit" });
  at("live").textContent = well ? `${on} · ${time}` : lost;
  at("live").classList.toggle("lost", !well);
  if (!well) say(lost);
}

function say(text) {
  if (at("announce").textContent !== text) at("announce").textContent = text;
}

// The list

function list({ channels, window: since }) {
  at("channels-window").textContent = since;
  at("no-channels").hidden = channels.length > 0;
  at("channel").hidden = !channels.length;
  const ids = new Set(channels.map((it) => it.id));
  for (const [id, line] of lines) if (!ids.has(id)) line.remove(), lines.delete(id);
  channels.forEach((it, place) => {
    if (!lines.has(it.id)) lines.set(it.id, html("li", {}, html("a", {})));
    const line = lines.get(it.id);
    // Moved only where it must be: a link that is moved loses the focus.
    if (at("channels").children[place] !== line) {
      at("channels").insertBefore(line, at("channels").children[place] ?? null);
    }
    fill(line.firstChild, it);
  });
  find();
}

function fill(link, { id, name, feel, counted, shares }) {
  const said = JSON.stringify([name, feel, counted, shares]);
  link.dataset.channel = id;
  link.href = address(id);
  if (link.dataset.said === said) return;
  link.dataset.said = said;
  const bar = html("span", { className: "mini", ariaHidden: "true" }, ...shares.map((it) => {
    const part = html("i", { className: it.group });
    part.style.flexGrow = it.share;
    return part;
  }));
  link.replaceChildren(html("b", {}, name), html("small", {}, [feel, counted].filter(Boolean).join(" · ")), bar);
}

function find() {
  const wanted = at("find").value.trim().toLowerCase();
  let found = 0;
  for (const it of known) {
    const fits = it.name.toLowerCase().includes(wanted);
    lines.get(it.id).hidden = !fits;
    found += fits;
  }
  at("none-found").textContent = known.length && !found ? at("none-found").dataset.text : "";
}

function walkList(event) {
  const links = [...at("channels").querySelectorAll("li:not([hidden]) a")];
  const here = links.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined || (here < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  (links[to] ?? (to < 0 ? at("find") : links.at(-1)))?.focus();
}

// The channel

async function show() {
  const turn = ++asked;
  at("channel").setAttribute("aria-busy", "true");
  const mood = await ask(speaking(`channels/${encodeURIComponent(state.channel)}`, { window: state.window }));
  if (turn !== asked) return; // another channel was chosen meanwhile
  shown = mood;
  hideTip();
  document.title = `${mood.title} · Maeum`;
  at("title").textContent = mood.title;
  at("span").textContent = mood.span;
  at("sentences").textContent = mood.sentences.join(" ");
  at("facts").replaceChildren(...mood.facts.map(([name, value]) =>
    html("div", {}, html("dt", {}, name), html("dd", {}, value))));
  at("charts").hidden = !mood.steps.length;
  draw();
  at("channel").setAttribute("aria-busy", "false");
  say(`${mood.title}. ${mood.sentences[0] ?? ""}`);
}

function draw() {
  drawn = at("charts").clientWidth;
  if (!drawn || !shown?.steps.length) return;
  const width = at("shares").clientWidth; // of all three, asked for once: each answer costs a layout
  drawShares(shown, width);
  drawValence(shown, width);
  drawWeek(shown.week, width);
}

function mark() {
  for (const [id, line] of lines) {
    if (id === state.channel) line.firstChild.setAttribute("aria-current", "page");
    else line.firstChild.removeAttribute("aria-current");
    line.firstChild.href = address(id);
  }
  for (const it of document.getElementsByName("window")) it.checked = it.value === state.window;
  at("language").href = address(state.channel, at("language").lang);
}

function address(channel, lang = page.lang) {
  const wanted = { lang, window: state.window, ...(channel ? { channel } : {}) };
  return `${HOME}?${new URLSearchParams(wanted)}`;
}

async function choose(change) {
  Object.assign(state, change);
  history.pushState(null, "", address(state.channel));
  mark();
  await show().catch(() => live(false));
}

at("channels").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose({ channel: link.dataset.channel });
  if (innerWidth < 760) at("mood").scrollIntoView();
});
at("find").addEventListener("input", find);
document.querySelector("nav").addEventListener("keydown", walkList);
for (const it of document.getElementsByName("window")) {
  it.addEventListener("change", () => choose({ window: it.value }));
}
at("theme").addEventListener("change", ({ target }) => {
  page.dataset.theme = target.value;
  document.cookie = `maeum_theme=${target.value}; Path=${HOME}; SameSite=Strict; Max-Age=31536000`;
});
at("leave").addEventListener("click", async ({ target }) => {
  await ask("session", { method: "DELETE" });
  close(target.dataset);
});
addEventListener("popstate", () => {
  const past = new URLSearchParams(location.search);
  Object.assign(state, { channel: past.get("channel") ?? state.channel, window: past.get("window") ?? "24h" });
  mark();
  show().catch(() => live(false));
});
document.addEventListener("visibilitychange", refresh);
new ResizeObserver(() => at("charts").clientWidth !== drawn && draw()).observe(at("charts"));

try {
  await enter();
  for (const id of ["open", "live", "leave"]) at(id).hidden = false;
  timer = setInterval(refresh, EVERY);
  await refresh();
} catch (error) {
  if (at("closed").hidden) live(false);
}
