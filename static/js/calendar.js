/* The panel of one date: marks the date whose panel is shown, and puts the keyboard into it. */

export default function calendar(panel) {
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest(".calendar__day[aria-pressed]");
    if (!chosen) return;
    for (const day of document.querySelectorAll(".calendar__day[aria-pressed]")) {
      day.setAttribute("aria-pressed", String(day === chosen));
    }
    panel.scrollIntoView({ block: "nearest" });
  });
}
