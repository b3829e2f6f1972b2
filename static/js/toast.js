/* Toasts: one line that goes away by itself, unless somebody reads it (pointer or focus on it) or it
   reports an error. Whatever lands in #toasts is treated so, from the server or from `toast()`. */
const STAYS_MS = 10_000;
const region = document.getElementById("toasts");

/** Show a sentence. kind: "" or "error". */
export function toast(sentence, kind = "") {
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const line = template.content.firstElementChild.cloneNode(true);
  line.dataset.kind = kind;
  line.querySelector("p").textContent = sentence;
  region.append(line);
}

function leave(line) {
  line.classList.add("toast--leaving");
  setTimeout(() => line.remove(), 250);
}

function watch(line) {
  let timer;
  const hold = () => clearTimeout(timer);
  const count = () => {
    hold();
    if (line.dataset.kind !== "error") timer = setTimeout(() => leave(line), STAYS_MS);
  };
  line.addEventListener("pointerenter", hold);
  line.addEventListener("pointerleave", count);
  line.addEventListener("focusin", hold);
  line.addEventListener("focusout", count);
  line.querySelector("[data-close]")?.addEventListener("click", () => leave(line));
  count();
}

if (region) {
  region.querySelectorAll(".toast").forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.classList?.contains("toast")) watch(node);
    }
  }).observe(region, { childList: true });

  // The network failed, or a proxy answered instead of us: nothing was swapped, so say it.
  const unreachable = () => toast(region.dataset.unreachable, "error");
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.error?.name !== "AbortError") unreachable();
  });
  document.addEventListener("htmx:response:error", (event) => {
    if ([502, 503, 504].includes(event.detail?.ctx?.response?.status)) unreachable();
  });
}
