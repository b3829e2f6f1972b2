/* Drag and drop between columns. What is dropped is sent as one operation; the server's answer draws
   the board again, so a refused move goes back by itself. */
import Sortable from "sortablejs";
import { assign, send, unassign } from "app/board/operations";

const lists = new WeakMap();

export function watchLists(day, selected) {
  for (const list of day.querySelectorAll("[data-list]")) {
    if (lists.has(list)) continue;
    lists.set(list, Sortable.create(list, {
      group: "stops",
      draggable: "[data-movable]",
      animation: 120,
      delay: 180,
      delayOnTouchOnly: true,
      ghostClass: "is-landing",
      scroll: true,
      onEnd: (event) => dropped(day, selected, event),
    }));
  }
}

function dropped(day, selected, { item, from, to, oldIndex, newIndex }) {
  if (from === to && oldIndex === newIndex) return;
  const isMany = selected.has(item.dataset.task);
  const moving = isMany
    ? [...day.querySelectorAll("[data-task][data-movable]")].filter((stop) => selected.has(stop.dataset.task))
    : [item];
  if (!to.dataset.list) {
    if (from !== to) send(day, [unassign(day, moving)]);
    return;
  }
  let follower = item.nextElementSibling;
  while (follower && (!follower.dataset.task || moving.includes(follower))) follower = follower.nextElementSibling;
  const before = follower ? Number(follower.dataset.task) : null;
  send(day, [assign(day, moving, { courier: to.dataset.list, before })]);
}
