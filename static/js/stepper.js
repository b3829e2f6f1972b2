/* A number with less and more around it. The box works alone (typing, arrow keys); the buttons step it
   and tell the form, as if the person had typed. */

export default function stepper(element) {
  const box = element.querySelector("input");
  const step = (direction) => {
    if (direction > 0) box.stepUp();
    else box.stepDown();
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };
  element.querySelector("[data-less]")?.addEventListener("click", () => step(-1));
  element.querySelector("[data-more]")?.addEventListener("click", () => step(1));
}
