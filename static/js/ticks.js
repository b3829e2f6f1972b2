/* Tick boxes that this device remembers: what is harvested and packed. Nothing is sent. */

export default function ticks(element) {
  const key = element.dataset.key;
  const boxes = () => [...element.querySelectorAll("[data-tick]")];
  element.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick]")) return;
    write(key, boxes().filter((box) => box.checked).map((box) => box.dataset.tick));
    count(element);
  });
  function restore() {
    const ticked = new Set(read(key));
    for (const box of boxes()) box.checked = ticked.has(box.dataset.tick);
    count(element);
  }
  // A new order adds boxes and draws the line anew: mended before anybody sees it.
  new MutationObserver(restore).observe(element, { attributes: true, attributeFilter: ["hidden"], childList: true, subtree: true });
  restore();
}

function count(element) {
  const line = element.querySelector("[data-ticked-line]");
  line.hidden = false;
  const number = String(element.querySelectorAll("[data-line]:checked").length);
  const word = element.querySelector("[data-ticked]");
  if (word.textContent !== number) word.textContent = number;
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
