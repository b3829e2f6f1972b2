/* The board: selection, keys, and the actions that send operations. Drag and drop is in board/drag, the
   map in board/map, search in board/search, what others do in board/following; all know a stop by the data
   attributes of its list item, or of its bar on the time line. */
import { assign, isMovable, reorder, send, undoLast, unassign } from "app/board/operations";
import { watchDrag } from "app/board/drag";
import { follow } from "app/board/following";
import { watchSearch } from "app/board/search";

const SOME = 6; // names that can be read at a glance
const TYPING = "input, textarea, select, [contenteditable]";

export default function board(day) {
  const selected = new Set();
  const selection = document.getElementById("selection");
  const assignDialog = document.getElementById("assign-dialog");
  const stopDialog = document.getElementById("stop-dialog");
  let anchor = null; // where a range begins
  let lastFocus = null; // the stop that had the focus: it gets it back when the board is drawn anew

  const stops = () => [...day.querySelectorAll("[data-task]")];
  const stopOf = (id) => document.getElementById(`stop-${id}`);
  const inList = (stop) => [...stop.closest("[data-list]").querySelectorAll("[data-task]")];
  const chosen = () => stops().filter((stop) => selected.has(stop.dataset.task));
  const focused = () => document.activeElement?.closest?.("[data-task]");
  const aimed = () => (selected.size ? chosen() : [focused()].filter(Boolean));

  function show() {
    const live = new Set(stops().map((stop) => stop.dataset.task));
    for (const id of selected) if (!live.has(id)) selected.delete(id);
    for (const stop of stops()) stop.setAttribute("aria-selected", String(selected.has(stop.dataset.task)));
    selection.hidden = !selected.size;
    selection.querySelector("[data-selected=count]").textContent = selected.size;
    const [only] = selected.size === 1 ? chosen() : [];
    selection.querySelector("[data-selected=name]").textContent = only ? `: ${only.dataset.name}` : "";
    selection.querySelector("[data-act=details]").hidden = !only;
    const movable = chosen().every(isMovable);
    for (const act of ["assign", "unassign", "earlier", "later"]) {
      const button = selection.querySelector(`[data-act=${act}]`);
      button.hidden = !movable || (act !== "assign" && chosen().some((stop) => !listOf(stop))) || (["earlier", "later"].includes(act) && !only);
    }
    day.dispatchEvent(new CustomEvent("board:selected", { detail: [...selected] }));
  }

  /** Their names; of many the number and the first, so that a whole column isn't moved by mistake. */
  function inWords(some) {
    const names = some.slice(0, SOME).map((stop) => stop.dataset.name).join(", ");
    if (some.length <= SOME) return names;
    return `${day.dataset.wordsMany.replace("{count}", some.length)}: ${names}…`;
  }

  const listOf = (stop) => stop.closest("[data-list]").dataset.list;

  function select(stop, { add = false, range = false } = {}) {
    const id = stop.dataset.task;
    if (range && anchor && stopOf(anchor)) {
      const all = inList(stop);
      const [from, to] = [all.indexOf(stopOf(anchor)), all.indexOf(stop)].sort((a, b) => a - b);
      if (from >= 0) for (const between of all.slice(from, to + 1)) selected.add(between.dataset.task);
    } else if (add) {
      if (!selected.delete(id)) selected.add(id);
      anchor = id;
    } else {
      const wasAlone = selected.size === 1 && selected.has(id);
      selected.clear();
      if (!wasAlone) selected.add(id);
      anchor = id;
    }
    show();
  }

  function focus(stop) {
    if (!stop) return;
    for (const other of inList(stop)) other.tabIndex = other === stop ? 0 : -1;
    stop.focus();
    stop.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function clear() {
    selected.clear();
    anchor = null;
    show();
  }

  // --- what can be done -------------------------------------------------------------------------
  function askCourier() {
    const some = aimed().filter(isMovable);
    if (!some.length) return;
    for (const stop of some) selected.add(stop.dataset.task);
    show();
    assignDialog.querySelector("[data-assign=names]").textContent = inWords(some);
    assignDialog.querySelector("[data-assign=alone]").checked = false;
    assignDialog.querySelector(".assign-list__none").hidden = !some.some((stop) => listOf(stop));
    assignDialog.showModal();
    assignDialog.querySelector("[data-assign-to]")?.focus();
  }

  assignDialog.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-assign-to]");
    if (!button) return;
    const alone = assignDialog.querySelector("[data-assign=alone]").checked;
    assignDialog.close();
    const courier = button.dataset.assignTo;
    const some = courier ? chosen() : chosen().filter((stop) => listOf(stop));
    if (!some.length) return;
    if (await send(day, [courier ? assign(day, some, { courier, alone }) : unassign(day, some, { alone })])) clear();
  });

  assignDialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...assignDialog.querySelectorAll("li:not([hidden]) [data-assign-to]")];
    all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
  });

  async function takeBack() {
    const some = aimed().filter((stop) => listOf(stop) && isMovable(stop));
    if (some.length && (await send(day, [unassign(day, some)]))) clear();
  }

  function shift(step) {
    const [stop] = aimed();
    if (stop && listOf(stop) && isMovable(stop)) {
      const operation = reorder(stop, inList(stop), step);
      if (operation) send(day, [operation]);
    }
  }

  function details(id) {
    if (!id) return;
    lastFocus = id;
    const url = day.dataset.detailUrl.replace("/0/", `/${id}/`);
    htmx.ajax("GET", url, { target: "#stop-dialog-body", swap: "innerHTML" });
    stopDialog.showModal();
  }

  const acts = {
    assign: askCourier,
    unassign: takeBack,
    earlier: () => shift(-1),
    later: () => shift(1),
    details: () => details(aimed()[0]?.dataset.task),
    clear,
  };
  day.addEventListener("click", (event) => {
    const button = event.target.closest("[data-assign-tour]");
    if (!button) return;
    event.preventDefault(); // its form is for browsers without scripts
    clear();
    const waiting = stops().filter((stop) => stop.dataset.usualTour === button.dataset.assignTour && !listOf(stop) && isMovable(stop));
    for (const stop of waiting) selected.add(stop.dataset.task);
    askCourier();
  });
  selection.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());

  // --- pointer and keys --------------------------------------------------------------------------
  day.addEventListener("click", (event) => {
    const link = event.target.closest("[data-details]");
    if (link) {
      event.preventDefault();
      return details(link.dataset.details);
    }
    const stop = event.target.closest("[data-task]");
    if (!stop) return undefined;
    select(stop, { add: event.ctrlKey || event.metaKey, range: event.shiftKey });
    return focus(stop);
  });
  day.addEventListener("dblclick", (event) => details(event.target.closest("[data-task]")?.dataset.task));
  day.addEventListener("focusin", (event) => {
    const stop = event.target.closest("[data-task]");
    if (stop) lastFocus = stop.dataset.task;
  });

  function toNeighbour(stop, step) {
    const lists = [...day.querySelectorAll("[data-list]")].filter((list) => list.querySelector("[data-task]"));
    const next = lists[lists.indexOf(stop.closest("[data-list]")) + step];
    focus(next?.querySelector("[tabindex='0'], [data-task]"));
  }

  const keysOnStop = {
    ArrowDown: (stop, event) => step(stop, 1, event),
    ArrowUp: (stop, event) => step(stop, -1, event),
    Home: (stop) => focus(inList(stop)[0]),
    End: (stop) => focus(inList(stop).at(-1)),
    ArrowRight: (stop) => toNeighbour(stop, 1),
    ArrowLeft: (stop) => toNeighbour(stop, -1),
    " ": (stop, event) => select(stop, { add: true, range: event.shiftKey }),
    Enter: (stop) => details(stop.dataset.task),
  };
  const keysAnywhere = {
    "/": () => search.focus(),
    "?": () => document.getElementById("board-help").showModal(),
    a: askCourier,
    u: takeBack,
    n: openNew,
  };

  function openNew() {
    const menu = document.getElementById("new-menu");
    if (!menu) return; // who only looks enters nothing
    menu.open = true;
    menu.querySelector(".menu a")?.focus();
  }

  function step(stop, by, event) {
    if (event.altKey) return shift(by);
    const next = inList(stop)[inList(stop).indexOf(stop) + by];
    if (!next) return undefined;
    if (event.shiftKey) {
      if (!anchor) {
        anchor = stop.dataset.task;
        selected.add(anchor);
      }
      select(next, { range: true });
    }
    return focus(next);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("dialog[open], details[open] > .menu")) return undefined;
    if (event.key === "Escape") {
      search.clear();
      return clear();
    }
    if (event.target.matches(TYPING)) return undefined;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const stop = focused();
    const act = event.ctrlKey || event.metaKey ? commandFor(key, stop) : actFor(key, stop, event);
    if (!act) return undefined;
    event.preventDefault();
    return act(stop, event);
  });

  function commandFor(key, stop) {
    if (key === "z") return () => undoLast(day);
    const list = stop ?? chosen()[0];
    return key === "a" && list ? () => selectAll(inList(list)) : null;
  }

  function actFor(key, stop, { altKey, target }) {
    const isControl = target.closest("a, button, summary");
    if (stop && keysOnStop[key]) return keysOnStop[key];
    if (key.startsWith("Arrow") && !isControl && !stop) return () => focus(day.querySelector("[data-task]"));
    return altKey ? null : keysAnywhere[key];
  }

  function selectAll(some) {
    for (const each of some) selected.add(each.dataset.task);
    show();
  }

  // --- drawn anew: what the person had in hand stays ------------------------------------------------
  const search = watchSearch(day, { stops, focus });
  const opened = new Set(); // rounds that somebody looks into, beside the map
  day.addEventListener("toggle", ({ target }) => {
    if (target.matches(".lane--round")) opened[target.open ? "add" : "delete"](target.id);
  }, { capture: true });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target !== day && event.detail?.ctx?.target !== day) return;
    for (const round of day.querySelectorAll(".lane--round")) round.open = opened.has(round.id);
    show();
    search.look();
    watchTabs();
    if (lastFocus && document.activeElement === document.body) focus(stopOf(lastFocus));
    day.dispatchEvent(new CustomEvent("board:drawn"));
  });

  // --- on a phone: one column at a time -------------------------------------------------------------
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((each) => each.isIntersecting)) {
      for (const tab of day.querySelectorAll(".lane-tabs a")) {
        const isHere = tab.hash === `#${entry.target.id}`;
        if (isHere) tab.setAttribute("aria-current", "true");
        else tab.removeAttribute("aria-current");
        if (isHere && matchMedia("(max-width: 60rem)").matches) tab.scrollIntoView({ block: "nearest", inline: "center" });
      }
    }
  }, { root: null, threshold: 0.6 });

  function watchTabs() {
    seen.disconnect();
    for (const panel of day.querySelectorAll(".lane, .mapside, .hours")) seen.observe(panel);
  }

  watchDrag(day, selected);
  follow(day);
  show();
  watchTabs();
}
