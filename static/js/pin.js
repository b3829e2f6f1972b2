/* A pin on a map that writes latitude and longitude into the two fields beside it, and follows them.
   Element: data-latitude, data-longitude (where to begin), data-tiles (may be empty), data-label;
   inside it [data-pin-map] and inputs named latitude and longitude (or ending in -latitude, …). */
import L from "app/leaflet";

const DIGITS = 6;

export default function pin(element) {
  const box = element.querySelector("[data-pin-map]");
  const latitude = element.querySelector("input[name$=latitude]");
  const longitude = element.querySelector("input[name$=longitude]");
  if (!box || !latitude || !longitude) return;
  box.hidden = false;

  const centre = [Number(element.dataset.latitude), Number(element.dataset.longitude)];
  const written = () =>
    latitude.value && longitude.value ? [Number(latitude.value), Number(longitude.value)] : null;
  const map = L.map(box, { attributionControl: Boolean(element.dataset.tiles) });
  map.setView(written() ?? centre, written() ? 16 : 13);
  if (element.dataset.tiles) {
    L.tileLayer(element.dataset.tiles, { attribution: element.dataset.attribution }).addTo(map);
  }

  const mark = L.marker(written() ?? centre, {
    draggable: true,
    title: element.dataset.label,
    alt: element.dataset.label,
    icon: L.divIcon({ className: "pin__mark", iconSize: [32, 32], iconAnchor: [16, 38] }),
    opacity: written() ? 1 : 0.6,
  }).addTo(map);

  function put({ lat, lng }) {
    mark.setLatLng([lat, lng]).setOpacity(1);
    latitude.value = lat.toFixed(DIGITS);
    longitude.value = lng.toFixed(DIGITS);
    for (const input of [latitude, longitude]) {
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  map.on("click", (event) => put(event.latlng));
  mark.on("dragend", () => put(mark.getLatLng()));
  for (const input of [latitude, longitude]) {
    input.addEventListener("input", () => {
      const place = written();
      if (place) map.setView(mark.setLatLng(place).getLatLng());
    });
  }
}
