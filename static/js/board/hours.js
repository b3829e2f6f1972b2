/* The time line begins where the day is: "now" a third from the left, behind the couriers' names. */

export default function hours(line) {
  const now = line.querySelector(".hours__now-tag");
  const names = line.querySelector(".hours__name");
  if (!now) return;
  const at = now.getBoundingClientRect().left - names.getBoundingClientRect().right;
  line.scrollLeft += at - (line.clientWidth - names.offsetWidth) / 3;
}
