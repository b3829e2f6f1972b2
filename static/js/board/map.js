/* The map of the day, drawn from the stops in the columns: no second source, no tiles needed.
   Colours are tokens; the shape says the state, and each courier's line has its own dash. */
import L from "app/leaflet";

const SHAPES = {
  unassigned: '<rect x="1" y="1" width="12" height="12" rx="3"/>',
  failed: '<path d="M7-1l8 8-8 8-8-8z"/>',
  done: '<circle cx="7" cy="7" r="5"/>',
};
const DOT = '<circle cx="7" cy="7" r="7"/>';
const DASHES = { 2: "10 7", 3: "1 8", 4: "14 6 2 6", 5: "5 6" };

/* Ground without tiles: a plain grid that moves with the map, so that distances can be felt. */
const Paper = L.GridLayer.extend({
  createTile() {
    const tile = document.createElement("div");
    tile.className = "map-tile";
    return tile;
  },
});

export default function map(element) {
  const day = document.getElementById("day");
  const chart = L.map(element, { zoomControl: true, attributionControl: Boolean(element.dataset.tiles), zoomSnap: 0.25 });
  const ground = element.dataset.tiles
    ? L.tileLayer(element.dataset.tiles, { attribution: element.dataset.attribution })
    : new Paper();
  ground.addTo(chart);
  L.control.scale({ imperial: false }).addTo(chart);
  const layer = L.layerGroup().addTo(chart);
  const marks = new Map();
  let names = [];
  let isPlaced = false;

  function draw() {
    layer.clearLayers();
    marks.clear();
    names = [];
    const stops = [...day.querySelectorAll("[data-lat]")];
    if (!isPlaced) look(stops); // marks have no element before the map knows where it is
    for (const lane of day.querySelectorAll(".lane[data-courier]")) line(lane);
    for (const stop of stops) mark(stop);
    spread();
  }

  /* Couriers meet at the same doors, and names lie over all marks: a name that would lie on another moves down until it stands free. */
  function spread() {
    const taken = [];
    for (const name of names) {
      name.style.translate = "";
      const { left, right, top, bottom, height } = name.getBoundingClientRect();
      const isFree = (down) => taken.every((other) =>
        other.left >= right || other.right <= left || other.top >= bottom + down || other.bottom <= top + down);
      let down = 0;
      while (!isFree(down)) down += height / 4;
      name.style.translate = `0 ${down}px`;
      taken.push({ left, right, top: top + down, bottom: bottom + down });
    }
  }

  function look(stops) {
    if (stops.length) chart.fitBounds(L.latLngBounds(stops.map(place)).pad(0.12), { animate: false });
    else chart.setView([0, 0], 1);
    isPlaced = stops.length > 0;
  }

  const place = (stop) => [Number(stop.dataset.lat), Number(stop.dataset.lng)];

  function line(lane) {
    const way = [...lane.querySelectorAll("[data-lat]:not([data-state=cancelled])")].map(place);
    if (!way.length) return;
    const number = lane.dataset.courier;
    L.polyline(way, { className: "map-casing", interactive: false }).addTo(layer);
    const drawn = L.polyline(way, { className: "map-line", dashArray: DASHES[number], interactive: false }).addTo(layer);
    drawn.getElement()?.setAttribute("data-courier", number);
    const name = lane.querySelector(".person b").textContent.split(" ")[0];
    const here = ["progress", "assigned"].map((state) => lane.querySelector(`[data-lat][data-state=${state}]`)).find(Boolean);
    const label = document.createElement("span");
    label.textContent = name;
    L.marker(here ? place(here) : way.at(-1), { icon: L.divIcon({ className: "map-name", html: label, iconSize: null, iconAnchor: [-10, 16] }), interactive: false, keyboard: false, zIndexOffset: 1000 }).addTo(layer);
    names.push(label);
  }

  function mark(stop) {
    const state = stop.dataset.state;
    const size = state === "progress" ? 18 : 14;
    const icon = L.divIcon({ className: "map-mark", html: `<svg viewBox="0 0 14 14" aria-hidden="true">${SHAPES[state] ?? DOT}</svg>`, iconSize: [size, size] });
    const marker = L.marker(place(stop), { icon, keyboard: false, title: stop.dataset.name }).addTo(layer);
    marker.getElement().dataset.state = state;
    marker.on("click", () => {
      const current = document.getElementById(stop.id);
      current?.scrollIntoView({ block: "center", inline: "nearest" });
      current?.click();
    });
    marks.set(stop.dataset.task, marker);
  }

  day.addEventListener("board:drawn", draw);
  day.addEventListener("board:selected", (event) => {
    for (const [id, marker] of marks) marker.getElement()?.classList.toggle("is-chosen", event.detail.includes(id));
  });
  chart.on("zoomend", spread);
  new ResizeObserver(() => chart.invalidateSize({ animate: false })).observe(element);
  draw();
}
