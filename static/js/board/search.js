/* Search: what does not match is dimmed, so that nobody forgets it. The words stand in the address. */

export function watchSearch(day, { stops, focus }) {
  const field = document.getElementById("board-search");

  function look() {
    const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const stop of stops()) {
      stop.classList.toggle("is-missed", !words.every((word) => stop.dataset.words.includes(word)));
    }
    const note = document.getElementById("search-note");
    if (note) note.textContent = words.length ? note.dataset.words : "";
    const url = withWords(location.href);
    if (url !== location.href) history.replaceState(history.state, "", url);
    for (const link of document.querySelectorAll(".segments a, .filters a")) link.href = withWords(link.href);
  }

  function withWords(address) {
    const url = new URL(address);
    if (field.value.trim()) url.searchParams.set("q", field.value.trim());
    else url.searchParams.delete("q");
    return url.href;
  }

  function clear() {
    if (document.activeElement === field) field.blur();
    field.value = "";
    look();
  }

  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") focus(stops().find((stop) => !stop.classList.contains("is-missed")));
  });
  look();
  return { look, clear, focus: () => field.focus() };
}
