/* A dialog: <dialog class="dialog" data-module="dialog" id="…">. Buttons with data-opens="id" open it,
   data-close inside closes it; a dialog with data-open comes up at once (a part that htmx brought).
   Escape and focus are the browser's own work; focus goes back to the button that opened it. */

export default function dialog(element) {
  for (const opener of document.querySelectorAll(`[data-opens="${CSS.escape(element.id)}"]`)) {
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      element.showModal();
    });
  }
  element.addEventListener("click", (event) => {
    const outside = event.target === element && isOutside(element, event);
    if (outside || event.target.closest("[data-close]")) element.close();
  });
  if ("open" in element.dataset) {
    element.close(); // without script it stands open in the page
    element.showModal();
  }
}

function isOutside(element, event) {
  const box = element.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
