/** Words and units as corebed prints them in a terminal. Whatever is undefined is an en dash: not known, which is not 0. */

export const UNKNOWN = "\u2013";

/** Three digits that count, as corebed's own reports have them. */
function number(value) {
  if (value === 0) return "0";
  if (value < 0.9995) return value.toFixed(3);
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : String(Math.round(value));
}

/** Packets per second: "2.41 Mpps", "0.128 Mpps", and few of them as they are: "9001 pps". */
export function rate(pps) {
  if (pps === undefined) return UNKNOWN;
  return pps === 0 || pps >= 1e4 ? `${number(pps / 1e6)} Mpps` : `${pps < 1 ? "under 1" : Math.round(pps)} pps`;
}

/** Nanoseconds: "850 ns", "12.3 us", "4.56 ms". */
export function latency(ns) {
  if (ns === undefined) return UNKNOWN;
  if (ns >= 1e6) return `${number(ns / 1e6)} ms`;
  return ns >= 1e3 ? `${number(ns / 1e3)} us` : `${Math.round(ns)} ns`;
}

/** A share of a whole: "12 %"; "under 1 %" is not nothing. */
export function percent(share) {
  if (share === undefined) return UNKNOWN;
  const rounded = Math.round(share * 100);
  return rounded === 0 && share > 0 ? "under 1 %" : `${rounded} %`;
}

/** A loss ratio, small ones too: "0 %", "0.02 %", "12.3 %". A trial that read more than was offered lost nothing. */
export function loss(ratio) {
  if (ratio === undefined) return UNKNOWN;
  const percents = Math.max(0, ratio) * 100;
  if (percents === 0) return "0 %";
  return percents < 0.01 ? "under 0.01 %" : `${number(percents)} %`;
}

/** Time to go: "35 s", "12 min", "3 h 20 min". */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Time of day, by the clock of who looks. */
export function timeOfDay(at) {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false });
}
