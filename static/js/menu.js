/* A <details> menu closes on Escape, on a click elsewhere and after a choice; without script it stays a
   plain disclosure. Arrow keys walk through its links and buttons. */

export default function menu(details) {
  const summary = details.querySelector("summary");
  const entries = () => [...details.querySelectorAll(":scope > .menu :is(a[href], button:not(:disabled))")];
  const close = (returnFocus) => {
    details.open = false;
    if (returnFocus) summary.focus();
  };

  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      event.stopPropagation();
      close(true);
    } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) && details.open) {
      event.preventDefault();
      walk(event.key);
    }
  });

  function walk(key) {
    const all = entries();
    const at = all.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[key];
    all.at(next % all.length)?.focus();
  }

  details.addEventListener("click", (event) => {
    if (event.target.closest(".menu a, .menu button")) close(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (details.open && !details.contains(event.target)) close(false);
  });
}
