/* Draws the round as the courier has left it, while the server does not know yet: from the cards that the
   page brought along for each open stop (<template data-ahead>), with the acts that were tapped since. */
import { startModules } from "app/app";

const BECOMES = { start: "DOING", done: "DONE", fail: "FAILED", undo: "TODO" };
const COLOURS = { TODO: "assigned", DOING: "progress", DONE: "done", FAILED: "failed" };
const isOpen = (status) => status === "TODO" || status === "DOING";

let heard = []; // the server has them, and has not drawn the round since
let chosen; // the stop that the courier looks at out of its turn

const round = () => document.getElementById("round");
const card = () => round().querySelector("[data-card]");

/** The server knows this act now. */
export const wasHeard = (act) => heard.push(act);

/** The server has drawn the round anew. */
export function isDrawnAnew() {
  heard = [];
  chosen = undefined;
}

/** Look at a stop out of its turn; false when the page has no card for it. */
export function choose(stop, waiting) {
  if (!round().querySelector(`template[data-ahead="${CSS.escape(stop)}"]`)) return false;
  chosen = stop;
  draw(waiting);
  return true;
}

/** Whether somebody is filling in a form of the card: it is not drawn anew under their hands. */
export function isBeingFilled() {
  const fields = [...(card()?.querySelectorAll("input:not([type=hidden])") ?? [])];
  return fields.some((field) => (field.type === "radio" ? field.checked : field.value)) || Boolean(card()?.querySelector("details[open]"));
}

export function draw(waiting) {
  const told = [...heard, ...waiting];
  const stops = states(told);
  if (chosen === undefined) chosen = round().dataset.chosen ?? null;
  if (chosen && stops.has(chosen) && !isOpen(stops.get(chosen))) chosen = null;
  if (!told.length && !chosen) return;
  const shown = chosen && stops.has(chosen) ? chosen : next(stops);
  if (!chosen || stops.has(chosen)) drawCard(shown, stops.get(shown));
  drawLine(shown, stops, new Set(waiting.map((act) => act.stop)));
}

/** Each open stop in its order, with what it is after the acts. */
function states(told) {
  const stops = new Map();
  for (const { dataset } of round().querySelectorAll("template[data-ahead]")) stops.set(dataset.ahead, dataset.status);
  for (const act of told) if (stops.has(act.stop)) stops.set(act.stop, BECOMES[act.action]);
  return stops;
}

function next(stops) {
  const open = [...stops].filter(([, status]) => isOpen(status));
  return (open.find(([, status]) => status === "DOING") ?? open[0])?.[0] ?? "";
}

function drawCard(stop, status = "") {
  const old = card();
  if (!old || (old.dataset.card === stop && old.dataset.drawn === status)) return;
  const source = stop ? `template[data-ahead="${CSS.escape(stop)}"]` : "template[data-all-made]";
  const made = round().querySelector(source)?.content.firstElementChild.cloneNode(true);
  if (!made) return;
  for (const part of made.querySelectorAll("[data-when]")) {
    if (!part.dataset.when.split(" ").includes(status)) part.remove();
  }
  nameAnew(made);
  made.dataset.drawn = status;
  if (status) made.dataset.state = COLOURS[status];
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(made);
  startModules(made);
  if (hadFocus) made.querySelector("h1")?.focus({ preventScroll: true });
}

/** Ids of a drawn card are neither those of its template nor the server's: a morph would mix them up. */
function nameAnew(made) {
  for (const name of ["id", "for", "aria-labelledby"]) {
    for (const element of [made, ...made.querySelectorAll(`[${name}]`)]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/-ahead$/, "-drawn"));
    }
  }
}

function drawLine(shown, stops, unsent) {
  const list = round().querySelector("ol.list");
  for (const line of list?.children ?? []) {
    const { stop } = line.dataset;
    line.hidden = stop === shown;
    if (!stops.has(stop)) continue;
    const status = stops.get(stop);
    line.classList.toggle("is-ridden", !isOpen(status));
    line.dataset.state = COLOURS[status];
    line.querySelector(".node").dataset.state = COLOURS[status];
    line.querySelector("[data-saved]").hidden = !unsent.has(stop);
  }
}
