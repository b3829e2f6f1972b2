/* Sends what the phone has kept: in order, one at a time, each with its own id, so that what arrives twice
   counts once. What the server has not answered stays, and is tried again when the network is back. Whoever
   draws listens to `ride:queue` on the document: {waiting, refused, needs}. */
import { add, actsOf, put, remove } from "app/ride/store";
import { toast } from "app/toast";

const PATIENCE_MS = 60_000; // a photo on a slow line
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_FAULTS = 8; // of the server's own; then the next act goes first

let pause = FIRST_PAUSE_MS;
let timer;
let isSending = false;
let needs = ""; // "page": signed out, or the form's key is old: only a person can help

const bar = () => document.getElementById("queue");
const person = () => bar().dataset.person;

/** Keep an act, and say so before the network is asked. */
export async function keep(act) {
  await add({ ...act, person: person(), faults: 0, refused: "" });
  await tell({ tapped: act });
  send();
}

/** The courier has read why it was refused. */
export async function forget(number) {
  await remove(number);
  await tell();
}

export async function tell(more = {}) {
  const acts = await actsOf(person());
  const detail = { waiting: acts.filter((act) => !act.refused), refused: acts.filter((act) => act.refused), needs, ...more };
  document.dispatchEvent(new CustomEvent("ride:queue", { detail }));
  return detail;
}

/** Send all that waits. Only one tab does it at a time. */
export async function send() {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  try {
    const inTurn = (work) => (navigator.locks ? navigator.locks.request("ride-queue", work) : work());
    await inTurn(sendInOrder);
  } finally {
    isSending = false;
  }
  const { waiting } = await tell();
  if (!waiting.length || needs) return;
  timer = setTimeout(send, pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
}

/** As when the network is back: at once, not after the pause. */
export function sendNow() {
  pause = FIRST_PAUSE_MS;
  return send();
}

async function sendInOrder() {
  needs = "";
  for (;;) {
    const act = (await actsOf(person())).find((each) => !each.refused);
    if (!act || !(await deliver(act))) return;
    pause = FIRST_PAUSE_MS;
  }
}

/** True when the server has answered for this act, so that the next one can go. */
async function deliver(act) {
  const response = await post(act);
  if (!response) return false;
  if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) {
    needs = "page";
    return false;
  }
  if (response.status >= 500 || response.status === 429) return giveUpAfterMany(act, response.status);
  if (response.status === 413 && act.photo) {
    await put({ ...act, photo: null }); // what was done counts, without its photo
    return true;
  }
  const answer = await answerOf(response);
  if (!answer) return false;
  if (answer.result === "refused" && !(await isToldByLater(act))) {
    await put({ ...act, photo: null, refused: answer.sentence || bar().dataset.wordsRefused });
  } else {
    await remove(act.number);
    if (answer.result === "recorded" && answer.sentence) toast(answer.sentence);
  }
  await tell({ heard: act });
  return true;
}

/** What the server says; a page instead of an answer is a no. Null when the line was cut while it spoke:
    asked again, it says the same. */
async function answerOf(response) {
  const isOurs = response.headers.get("Content-Type")?.startsWith("application/json");
  return isOurs ? response.json().catch(() => null) : { result: "refused", sentence: "" };
}

/** Nobody needs the start of a stop whose end is on the phone too: that one is kept, or says why not. */
async function isToldByLater(act) {
  const later = (await actsOf(person())).filter((each) => each.stop === act.stop && each.number > act.number);
  return act.action === "start" && later.length > 0;
}

async function post(act) {
  const body = new FormData();
  for (const [name, value] of act.fields) body.append(name, value);
  body.set("waited_ms", String(Math.max(0, Date.now() - act.tappedAt)));
  if (act.photo) body.append("photo", act.photo, "photo.jpg");
  try {
    return await fetch(act.url, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": bar().dataset.csrf, Accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return null; // no network, or none to speak of
  }
}

/** A server that is away comes back. One that stumbles over this very act must not hold the others up. */
async function giveUpAfterMany(act, status) {
  if (status !== 500) return false;
  const faults = act.faults + 1;
  await put({ ...act, faults, refused: faults < MOST_FAULTS ? "" : bar().dataset.wordsRefused });
  return false;
}
