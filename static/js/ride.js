/* A form of the courier's page: notes the phone's clock at the tap, and makes photos small before they go. */

const LONGEST_SIDE = 1600;

export default function ride(form) {
  form.addEventListener(
    "submit",
    () => {
      const clock = form.elements.namedItem("device_at");
      if (clock) clock.value = new Date().toISOString();
    },
    { capture: true },
  );
  const photo = form.querySelector("input[type=file]");
  photo?.addEventListener("change", () => prepare(photo));
}

async function prepare(input) {
  const [file] = input.files;
  const word = input.closest("label")?.querySelector("[data-shot-word]");
  if (!file) return;
  const small = await shrink(file);
  if (small) {
    const files = new DataTransfer();
    files.items.add(small);
    input.files = files.files;
  }
  if (word) word.textContent = word.dataset.done;
}

/** A JPEG of at most 1600 pixels; null when the browser can't read it: the server then says why. */
async function shrink(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob && new File([blob], "photo.jpg", { type: "image/jpeg" });
  } catch {
    return null;
  }
}
