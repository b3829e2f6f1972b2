/* Tick boxes that this device remembers: what is harvested and packed. Nothing is sent. */

export default function ticks(element) {
  const key = element.dataset.key;
  const boxes = [...element.querySelectorAll("[data-tick]")];
  const ticked = new Set(read(key));
  for (const box of boxes) box.checked = ticked.has(box.dataset.tick);
  element.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick]")) return;
    write(key, boxes.filter((box) => box.checked).map((box) => box.dataset.tick));
    count(element);
  });
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  count(element);
}

function count(element) {
  const line = element.querySelector("[data-ticked-line]");
  line.hidden = false;
  element.querySelector("[data-ticked]").textContent = element.querySelectorAll("[data-line]:checked").length;
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return []; // private mode, or somebody else's value
  }
}

function write(key, names) {
  try {
    localStorage.setItem(key, JSON.stringify(names));
  } catch {
    /* the ticks last until the page is left */
  }
}
