/* The editor of a standing order: <form data-module="calendar">. Its buttons redraw parts of the page
   instead of all of it, and a date of the calendar opens its acts below, where the keyboard follows.
   Without script the buttons send the form and the dates are links. */

export default function calendar(form) {
  const panel = form.querySelector("#date");

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=act]");
    if (button) redraw(form, button, event);
    const date = event.target.closest("[data-original][href]");
    if (date) choose(form, date);
  });

  // Fields of a single date belong to a form of their own: they change nothing of the rule.
  panel?.addEventListener("change", (event) => event.stopPropagation());
  form.querySelector(".add-date")?.addEventListener("change", (event) => event.stopPropagation());

  form.addEventListener("htmx:after:swap", () => {
    const opened = panel?.firstElementChild;
    if (form.dataset.opens && opened?.dataset.original === form.dataset.opens) {
      delete form.dataset.opens;
      opened.focus({ preventScroll: true });
      opened.scrollIntoView({ block: "nearest" });
    } else if (document.activeElement === document.body) {
      form.querySelector("#weeks-title")?.focus({ preventScroll: true });
    }
  });

  panel?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const original = panel.firstElementChild?.dataset.original;
    panel.replaceChildren();
    choose(form, null);
    form.querySelector(`[data-original="${CSS.escape(original ?? "")}"][href]`)?.focus();
  });
}

/** Send the form with what the button asks for; only what follows from it is drawn again. */
function redraw(form, button, event) {
  event.preventDefault();
  const asked = document.createElement("input");
  Object.assign(asked, { type: "hidden", name: "act", value: button.value });
  form.append(asked);
  form.addEventListener("htmx:config:request", () => asked.remove(), { once: true });
  form.dispatchEvent(new Event("redraw"));
}

/** Mark the date that is open; an edit begins with it. */
function choose(form, date) {
  for (const each of form.querySelectorAll("[data-original][aria-current]")) each.removeAttribute("aria-current");
  date?.setAttribute("aria-current", "true");
  form.dataset.opens = date?.dataset.original ?? "";
  if (form.elements.date) form.elements.date.value = date?.dataset.original ?? "";
}
