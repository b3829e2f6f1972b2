/* What others do. An event says that this day changed, and the board is fetched. While the live line is
   lost a banner says of when the day is, and the board asks by itself now and then; when the line is back,
   it catches up at once. */

const ASKS_EVERY_MS = 30_000;

export function follow(day) {
  const { body } = document;
  const clock = new Intl.DateTimeFormat(day.dataset.language, { timeStyle: "short", hourCycle: "h23", timeZone: day.dataset.zone });
  let knownAt = new Date(); // until when we know of every change
  let isLost = false;
  let timer;

  const refresh = () => body.dispatchEvent(new CustomEvent("board:refresh"));

  function tell() {
    const banner = document.getElementById("stale");
    if (!banner) return;
    banner.hidden = !isLost;
    banner.querySelector("[data-stale=sentence]").textContent = banner.dataset.words.replace("{time}", clock.format(knownAt));
  }

  body.addEventListener("live:again", refresh);
  body.addEventListener("live:board-changed", (event) => {
    const days = event.detail?.days ?? event.detail?.payload?.days;
    if (!days || days.includes(day.dataset.day)) refresh();
  });

  function hear(state) {
    const wasLost = isLost;
    isLost = state === "off";
    if (isLost && !wasLost) {
      knownAt = new Date();
      timer = setInterval(refresh, ASKS_EVERY_MS);
    } else if (!isLost) {
      clearInterval(timer);
    }
    tell();
  }

  body.addEventListener("live:state", (event) => hear(event.detail.state));
  hear(document.querySelector(".live")?.dataset.live);

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target !== day && event.detail?.ctx?.target !== day) return;
    knownAt = new Date();
    tell();
  });
}
