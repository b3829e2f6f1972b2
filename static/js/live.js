/* Follows what happens: <span class="live" data-module="live" data-topic="board" data-live-url="…">.
   Each server-sent event becomes a DOM event on <body>, `live:<name>` with its parsed data as detail, so
   that hx-trigger="live:board-changed from:body" fetches the part again. After a gap a `live:again` is
   sent: whoever listens fetches once more, since events may have been missed. `live:state` says whether the
   line stands ("on") or is lost ("off"). */

export default function live(status) {
  const { topic, liveUrl = "" } = status.dataset;
  let source;
  let hadGap = false;
  let retry;

  function show(state) {
    if (status.dataset.live === state) return;
    status.dataset.live = state;
    tell("state", { topic, state });
  }

  function tell(name, detail) {
    document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
  }

  function open() {
    clearTimeout(retry);
    source = new EventSource(`${liveUrl}/live/${topic}/`, { withCredentials: true });
    source.addEventListener("open", () => {
      show("on");
      if (hadGap) tell("again", { topic });
      hadGap = false;
    });
    source.addEventListener("error", () => {
      hadGap = true;
      show("off");
      // The browser tries again by itself unless the server refused; then we do, more slowly.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, 5000 + Math.random() * 5000);
    });
    for (const name of (status.dataset.events ?? "changed").split(/\s+/)) {
      source.addEventListener(name, (event) => tell(name, parsed(event.data)));
    }
  }

  function parsed(data) {
    try {
      return JSON.parse(data);
    } catch {
      return data;
    }
  }

  addEventListener("offline", () => { hadGap = true; show("off"); });
  // A page taken out of sight for good closes its stream; one that comes back opens it again.
  addEventListener("pagehide", () => { clearTimeout(retry); source?.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { hadGap = true; open(); } });
  open();
}
