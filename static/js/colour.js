/* The examples of a colour follow the input at once; without this, a button shows them. */

export default function colour(element) {
  const input = element.querySelector('input[type="color"]');
  const examples = element.querySelectorAll("[data-colour-preview]");
  document.querySelector("[data-shows-colour]")?.remove();
  input.addEventListener("input", () => {
    for (const example of examples) example.style.setProperty("--coop", input.value);
  });
}
