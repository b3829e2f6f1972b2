/* A form of the courier's page: notes the phone's clock at the tap, makes photos small before they go, and
   writes what was done into the phone's own queue, which sends it (ride/queue). Without a place to keep it
   htmx sends the form as it is. */
import { keep } from "app/ride/queue";

const LONGEST_SIDE = 1600;

export default function ride(form) {
  const photo = form.querySelector("input[type=file]");
  let prepared;
  photo?.addEventListener("change", () => { prepared = prepare(photo); });
  form.addEventListener(
    "submit",
    (event) => {
      const clock = form.elements.namedItem("device_at");
      if (clock) clock.value = new Date().toISOString();
      if ("plain" in form.dataset) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // htmx listens too
      if (!("taken" in form.dataset)) take(form, event.submitter, prepared);
    },
    { capture: true },
  );
}

/** One tap, kept once however often the button is hit. */
async function take(form, button, prepared) {
  form.dataset.taken = "";
  const tappedAt = Date.now();
  const fields = [...new FormData(form, button)].filter(([name]) => !["csrfmiddlewaretoken", "photo"].includes(name));
  try {
    await prepared;
    await keep({
      id: form.elements.namedItem("client_id").value,
      stop: form.dataset.stop,
      place: form.dataset.place,
      url: form.dataset.queuedUrl,
      action: button.value,
      tappedAt,
      fields,
      photo: form.elements.namedItem("photo")?.files[0] ?? null,
    });
  } catch (error) {
    console.error("This browser keeps nothing: sent at once", error);
    delete form.dataset.taken;
    form.dataset.plain = "";
    form.requestSubmit(button);
  }
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
