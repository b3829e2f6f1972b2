/* A button that prints the page: <button data-module="print">. */

export default function print(button) {
  button.addEventListener("click", () => window.print());
}
