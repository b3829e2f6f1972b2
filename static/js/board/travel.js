/* What a stop costs a round, in minutes: the same straight line, detour and pace as dispatch/travel.py,
   which hands its numbers to the page. */

const EARTH_KM = 6371;
const rad = (degrees) => (degrees * Math.PI) / 180;

function straightKm(from, to) {
  const [north, east] = [rad(to.dataset.lat - from.dataset.lat), rad(to.dataset.lng - from.dataset.lng)];
  const chord = Math.sin(north / 2) ** 2 + Math.cos(rad(from.dataset.lat)) * Math.cos(rad(to.dataset.lat)) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(chord));
}

/** Minutes that riding `added` between `previous` and `next` (either may be missing) takes longer. */
export function extraMinutes(day, { previous, added, next, kmh }) {
  const way = [previous, ...added, next].filter(Boolean);
  const minutes = (from, to) => (straightKm(from, to) * Number(day.dataset.detour) * 60) / kmh;
  let sum = added.length * Number(day.dataset.stopMinutes);
  for (let at = 1; at < way.length; at += 1) sum += minutes(way[at - 1], way[at]);
  if (previous && next) sum -= minutes(previous, next);
  return Math.round(sum);
}
