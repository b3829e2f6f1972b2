/* A button that copies the value of a field: data-copies="id", data-copied="what is said then".
   Without the clipboard (an old browser, no https) the text is selected, ready to be copied by hand. */
import { toast } from "app/toast";

export default function copy(button) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      toast(button.dataset.copied);
    } catch {
      field.focus();
      field.select();
    }
  });
}
