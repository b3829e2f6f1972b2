/* Operations on stops. Each carries the version in which the person saw every stop that may move, so
   that the server can refuse politely when somebody else was faster. */
import { toast } from "app/toast";

const undoable = [];

/** Versions of these stops and of the rest of their deliveries, as drawn. */
function seen(day, stops) {
  const deliveries = new Set(stops.map((stop) => stop.dataset.delivery));
  const drawn = [...day.querySelectorAll("[data-task]")].filter((stop) => deliveries.has(stop.dataset.delivery));
  return Object.fromEntries(drawn.map((stop) => [stop.dataset.task, Number(stop.dataset.version)]));
}

/** Whether the person may move it: on some boards people only look. */
export const isMovable = (stop) => "movable" in stop.dataset && !stop.closest("[data-only-looks]");

const ids = (stops) => stops.map((stop) => Number(stop.dataset.task));

export function assign(day, stops, { courier, before = null, alone = false }) {
  return { tasks: ids(stops), seen: seen(day, stops), courier: Number(courier), before, alone };
}

export function unassign(day, stops, { alone = false } = {}) {
  return { tasks: ids(stops), seen: seen(day, stops), courier: null, alone };
}

/** One place earlier (-1) or later (1) among the stops of its column; null at the end. */
export function reorder(stop, stops, step) {
  const at = stops.indexOf(stop);
  if (!stops[at + step]) return null;
  const list = stop.closest("[data-list]");
  const before = (step < 0 ? stops[at - 1] : stops[at + 2])?.dataset.task ?? list.dataset.then;
  return {
    tasks: ids([stop]),
    seen: { [stop.dataset.task]: Number(stop.dataset.version) },
    courier: Number(list.dataset.list),
    before: before ? Number(before) : null,
    alone: true,
  };
}

/** Send them; true when done. Says what happened, and draws the board anew in either case. */
export async function send(day, operations, { isUndo = false } = {}) {
  let answer = {};
  let done = false;
  try {
    const response = await fetch(day.dataset.operationsUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": day.dataset.csrf, "Accept": "application/json" },
      body: JSON.stringify({ operations }),
    });
    answer = await response.json();
    done = response.ok;
  } catch {
    // No answer that can be read: the sentence below says so.
  }
  if (!done) toast(answer.sentence ?? day.dataset.wordsFailed, "error");
  else tell(day, answer, isUndo);
  document.body.dispatchEvent(new CustomEvent("board:refresh"));
  return done;
}

export function undoLast(day) {
  const last = undoable.pop();
  if (last) return send(day, last, { isUndo: true });
  toast(day.dataset.wordsNothingToUndo);
  return undefined;
}

function tell(day, answer, isUndo) {
  // One line in the foot is enough: what was done before can still be undone by its key.
  for (const line of document.querySelectorAll("#toasts > .toast:not([data-kind=error])")) line.remove();
  toast(answer.sentence);
  if (isUndo || !answer.undo?.length) return;
  undoable.push(answer.undo);
  const line = document.getElementById("toasts").lastElementChild;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = day.dataset.wordsUndo;
  button.addEventListener("click", () => {
    const at = undoable.indexOf(answer.undo);
    if (at >= 0) send(day, undoable.splice(at, 1)[0], { isUndo: true });
    line.remove();
  });
  line.querySelector("p").after(button);
}
