/* The bar under the round: how many things wait to be sent, what was refused, and the way to send now. It
   starts the queue, keeps the page from being drawn over what the server does not know yet, and asks before
   somebody signs out with things unsent. */
import { choose, draw, isBeingFilled, isDrawnAnew, wasHeard } from "app/ride/ahead";
import { forget, send, sendNow, tell } from "app/ride/queue";
import { toast } from "app/toast";

export default function waiting(bar) {
  const part = (name) => bar.querySelector(`[data-queue="${name}"]`);
  let acts = [];
  let isStale = false; // the server knows more than is drawn
  let isFetching = false;

  document.addEventListener("ride:queue", ({ detail }) => {
    acts = detail.waiting;
    if (detail.heard) {
      wasHeard(detail.heard);
      isStale = true;
    }
    draw(acts);
    show(detail);
    if (!acts.length && isStale) fetchRound();
  });

  function show({ refused, needs }) {
    const count = acts.length;
    bar.dataset.waiting = String(count + refused.length);
    const words = count === 1 ? bar.dataset.one : bar.dataset.many.replace("{count}", String(count));
    part("words").textContent = count ? words : "";
    part("now").hidden = !count || Boolean(needs);
    part("reload").hidden = !needs;
    part("signed-out").hidden = !needs;
    part("refused").replaceChildren(...refused.map(line));
  }

  function line(act) {
    const made = part("line").content.firstElementChild.cloneNode(true);
    made.querySelector("b").textContent = act.place;
    made.querySelector("span").textContent = act.refused;
    made.querySelector("button").addEventListener("click", () => forget(act.number));
    return made;
  }

  async function fetchRound() {
    if (isFetching || isBeingFilled()) return;
    isFetching = true;
    isStale = false;
    try {
      await htmx.ajax("GET", document.getElementById("round").dataset.url, { target: "#round", select: "#round", swap: "outerMorph" });
    } finally {
      isFetching = false;
    }
  }

  // Other reasons to draw the round anew wait until the server knows all.
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    const isRound = ctx.request.method === "GET" && ctx.target?.id === "round";
    if (isRound && (acts.length || !navigator.onLine || isBeingFilled())) event.preventDefault();
  });
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail.ctx.target?.id !== "round" || event.detail.ctx.request.method !== "GET") return;
    if (!acts.length && !isBeingFilled()) return;
    event.preventDefault(); // tapped or typed while it came
    isStale = true;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if ((event.detail?.ctx?.target ?? event.target).id !== "round") return;
    isDrawnAnew();
    tell();
  });

  // Another stop: its own page, or, without a network, the card that this page has brought along.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#round a[href^='/']");
    if (!link || (navigator.onLine && !acts.length)) return;
    const stop = link.closest("[data-stop]")?.dataset.stop;
    if (stop && choose(stop, acts)) scrollTo({ top: 0 });
    else if (navigator.onLine) return;
    else toast(bar.dataset.wordsOffline);
    event.preventDefault();
  });

  const leave = document.getElementById("leave");
  document.addEventListener("submit", (event) => {
    if (!("signsOut" in event.target.dataset) || !acts.length || "sure" in event.target.dataset) return;
    event.preventDefault();
    leave.showModal();
    leave.querySelector("[data-leave]").onclick = () => {
      event.target.dataset.sure = "";
      event.target.requestSubmit();
    };
  });

  part("now").addEventListener("click", sendNow);
  part("reload").addEventListener("click", () => location.reload());
  addEventListener("online", sendNow);
  document.body.addEventListener("live:again", sendNow);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sendNow(); });
  tell().then(send, () => { /* This browser keeps nothing; forms are sent at once. */ });
}
