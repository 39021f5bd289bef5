import { InvalidArgumentError } from "commander";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
/** What timers can count in one go. */
const LONGEST_MS = 24 * UNITS.h;

/** A time on the command line in milliseconds: `90s`, `30m`, `1.5h`, or `0`. */
export function duration(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  const milliseconds = text === "0" ? 0 : Number(number) * (UNITS[unit as keyof typeof UNITS] ?? Number.NaN);
  if (!(milliseconds >= 0 && milliseconds <= LONGEST_MS) || (text !== "0" && number === "")) {
    throw new InvalidArgumentError("It takes a time such as 90s, 30m or 1.5h, of 24 h at most.");
  }
  return milliseconds;
}

/** A time limit; none at all would end everything at once. */
export function timeLimitOption(text: string): number {
  const milliseconds = duration(text);
  if (milliseconds < 1_000) throw new InvalidArgumentError("It takes a time of 1s at least.");
  return milliseconds;
}

/** `90 s`, `30 min`, `1.5 h`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds <= 120) return `${Number(seconds.toFixed(1))} s`;
  const minutes = seconds / 60;
  return minutes <= 120 ? `${Number(minutes.toFixed(1))} min` : `${Number((minutes / 60).toFixed(1))} h`;
}
