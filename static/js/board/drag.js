/* Drag and drop, by mouse, pen or a long press of a finger. Nothing on the board moves while somebody
   drags, so a change by others may be drawn at any moment: a line shows where the stops would go, and what
   that costs the round. On a courier's name they go to the end; on the unassigned, back there.
   What is dropped is sent as one operation. Escape lets go. */
import { assign, isMovable, send, unassign } from "app/board/operations";
import { extraMinutes } from "app/board/travel";

const MOVED_PX = 5; // a mouse that moves less has clicked
const PRESS_MS = 250; // a finger that rests less wants to scroll
const EDGE_PX = 40; // near the edge of a list it scrolls

export function watchDrag(day, selected) {
  let held = null; // a stop under a button or finger, not yet dragged
  let drag = null; // { stops, ghost, line, target }

  const stopsOf = (list) => [...list.querySelectorAll("[data-task]")];

  day.addEventListener("pointerdown", (event) => {
    const stop = event.target.closest("[data-task]");
    if (!stop || !isMovable(stop) || event.button !== 0 || !event.isPrimary) return;
    held = { stop, x: event.clientX, y: event.clientY };
    if (event.pointerType === "touch") held.timer = setTimeout(() => begin(held), PRESS_MS);
    else held.isMouse = true;
  });

  document.addEventListener("pointermove", (event) => {
    const point = { x: event.clientX, y: event.clientY };
    if (drag) {
      follow(point);
    } else if (held && Math.hypot(point.x - held.x, point.y - held.y) > MOVED_PX) {
      if (held.isMouse) begin(held, point);
      else letGo();
    }
  });
  // Once a finger drags, it no longer scrolls the page.
  day.addEventListener("touchmove", (event) => { if (drag) event.preventDefault(); }, { passive: false });
  document.addEventListener("pointerup", () => {
    const { target, stops } = drag ?? {};
    if (drag) document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
    letGo();
    if (target) drop(stops, target);
  });
  document.addEventListener("pointercancel", letGo);
  document.addEventListener("contextmenu", (event) => { if (drag) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag) return;
    event.stopPropagation();
    letGo();
  }, { capture: true });

  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function begin({ stop }, point = held) {
    const isOneOfMany = selected.has(stop.dataset.task);
    const stops = isOneOfMany
      ? stopsOf(day).filter((each) => selected.has(each.dataset.task) && isMovable(each))
      : [stop];
    drag = { stops, ghost: made("drag-ghost"), line: made("drop-line"), target: null };
    document.documentElement.classList.add("is-dragging");
    getSelection()?.removeAllRanges();
    follow(point);
    requestAnimationFrame(scrollAtEdges);
  }

  function made(name) {
    const element = document.createElement("div");
    element.className = name;
    element.setAttribute("aria-hidden", "true");
    document.body.append(element);
    return element;
  }

  function letGo() {
    clearTimeout(held?.timer);
    held = null;
    if (!drag) return;
    drag.ghost.remove();
    drag.line.remove();
    drag = null;
    document.documentElement.classList.remove("is-dragging");
    for (const each of document.querySelectorAll(".is-target")) each.classList.remove("is-target");
  }

  // --- where it would land -------------------------------------------------------------------------
  function follow(point) {
    drag.point = point;
    drag.target = targetAt(point);
    for (const each of document.querySelectorAll(".is-target")) each.classList.remove("is-target");
    drag.target?.marked.classList.add("is-target");
    showLine(drag.target);
    drag.ghost.replaceChildren(...told(drag.target));
    drag.ghost.style.translate = `${point.x + 14}px ${point.y + 10}px`;
  }

  function targetAt({ x, y }) {
    const under = document.elementFromPoint(x, y);
    const end = under?.closest("[data-drop]");
    if (end) return toEnd(end);
    const lane = under?.closest(".lane");
    const list = lane?.querySelector("[data-list]");
    if (!list) return null;
    return list.dataset.list ? between(list, y, lane) : { list, marked: lane, courier: null };
  }

  function toEnd(end) {
    const list = document.getElementById(`list-${end.dataset.drop}`);
    const left = stopsOf(list).filter((stop) => !drag.stops.includes(stop));
    return { list, marked: end, courier: end.dataset.drop, before: null, previous: left.at(-1), isEnd: true };
  }

  /* In front of the first stop whose middle is lower, but not in front of what is ridden already. */
  function between(list, y, lane) {
    const all = stopsOf(list);
    const ridden = all.findLastIndex((stop) => ["done", "progress"].includes(stop.dataset.state));
    let at = all.findIndex((stop) => middle(stop) > y);
    at = Math.max(at < 0 ? all.length : at, ridden + 1);
    const rest = all.slice(at);
    const next = rest.find((stop) => !drag.stops.includes(stop));
    const previous = all.slice(0, at).findLast((stop) => !drag.stops.includes(stop));
    const before = next?.dataset.task ?? list.dataset.then ?? null;
    return { list, marked: lane, courier: list.dataset.list, before, previous, next, row: rest[0], last: all.at(-1) };
  }

  function middle(stop) {
    const box = stop.getBoundingClientRect();
    return box.top + box.height / 2;
  }

  function showLine(target) {
    const isBetween = Boolean(target?.courier) && !target.isEnd;
    drag.line.hidden = !isBetween;
    if (!isBetween) return;
    const box = target.list.getBoundingClientRect();
    const y = target.row?.getBoundingClientRect().top ?? target.last?.getBoundingClientRect().bottom ?? box.top + 12;
    drag.line.style.translate = `${box.left + 6}px ${Math.min(Math.max(y, box.top), box.bottom) - 2}px`;
    drag.line.style.inlineSize = `${box.width - 12}px`;
  }

  // --- what it says meanwhile ----------------------------------------------------------------------
  function told(target) {
    const words = day.dataset;
    const name = document.createElement("b");
    const { stops } = drag;
    name.textContent = stops.length === 1 ? stops[0].dataset.name : words.wordsMany.replace("{count}", stops.length);
    const more = document.createElement("span");
    if (target) more.textContent = target.courier ? place(target) : words.wordsToPool;
    return [name, more];
  }

  function place(target) {
    const courier = document.getElementById(`courier-${target.courier}`).textContent;
    const added = group(target.list);
    const isOwn = added.every((stop) => target.list.contains(stop));
    const where = target.isEnd ? day.dataset.wordsToEnd.replace("{courier}", courier) : courier;
    if (isOwn) return where;
    const minutes = extraMinutes(day, { ...target, added, kmh: Number(target.list.dataset.kmh) });
    return `${where}, ${day.dataset.wordsCost.replace("{minutes}", minutes)}`;
  }

  /* With what comes along: the waiting rest of the same deliveries, pick-ups first. */
  function group(list) {
    const deliveries = new Set(drag.stops.map((stop) => stop.dataset.delivery));
    return stopsOf(day)
      .filter((stop) => drag.stops.includes(stop) || (isMovable(stop) && deliveries.has(stop.dataset.delivery) && !list.contains(stop)))
      .sort((one, other) => (one.dataset.kind === "PICKUP" ? 0 : 1) - (other.dataset.kind === "PICKUP" ? 0 : 1));
  }

  function drop(stops, { list, courier, before, next, previous }) {
    const here = stops.map((stop) => document.getElementById(stop.id)).filter(Boolean); // as drawn by now
    if (!here.length) return;
    if (!courier) {
      const assigned = here.filter((stop) => !list.contains(stop));
      if (assigned.length) send(day, [unassign(day, assigned)]);
    } else if (!isThere(here, list, previous, next)) {
      send(day, [assign(day, here, { courier, before: before && Number(before) })]);
    }
  }

  function isThere(stops, list, previous, next) {
    const all = stopsOf(list);
    const from = previous ? all.indexOf(previous) + 1 : 0;
    const to = next ? all.indexOf(next) : all.length;
    return stops.length === to - from && stops.every((stop, index) => all[from + index] === stop);
  }

  function scrollAtEdges() {
    if (!drag) return;
    const { x, y } = drag.point;
    for (const box of day.querySelectorAll(".stops, .lane--pool, .lanes__couriers, .lanes, .hours")) {
      const edge = box.getBoundingClientRect();
      if (x < edge.left || x > edge.right || y < edge.top || y > edge.bottom) continue;
      const push = (near, far) => (near < EDGE_PX ? -8 : far < EDGE_PX ? 8 : 0);
      const [beforeX, beforeY] = [box.scrollLeft, box.scrollTop];
      box.scrollBy(push(x - edge.left, edge.right - x), push(y - edge.top, edge.bottom - y));
      if (box.scrollLeft !== beforeX || box.scrollTop !== beforeY) follow(drag.point);
    }
    requestAnimationFrame(scrollAtEdges);
  }
}
