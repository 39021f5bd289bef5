/**
 * How far the clocks of two machines are apart, from questions and answers as NTP asks them (RFC 5905, section 8): a clock was read somewhere between the
 * question and the answer, so the quickest answer says best when.
 */

/** A clock that was asked: when, by the clock of the one who asks, and what it said. */
export interface ClockReading {
  readonly askedNs: number;
  readonly answeredNs: number;
  readonly tsc: number;
  readonly tscHz: number;
  /** Since 1970-01-01 UTC. */
  readonly unixNs: number;
}

/** What the clock of a sender's machine shows less what that of the receiver's shows at the same moment. */
export interface ClockDifference {
  /** Of the TSCs. */
  readonly tscNs: number;
  /** The same in ticks of the receiver's, as its stamps have them: modulo 2^40. */
  readonly tscTicks: number;
  /** Of the time of day. */
  readonly unixNs: number;
  /** All three are wrong by at most this. */
  readonly uncertaintyNs: number;
  /** How much faster the sender's TSC ticks, by what both machines say of theirs: 0.1 is 10 %. */
  readonly tscRateRatio: number;
}

/** A TSC's own figure of its frequency is good to a few parts in a million. */
const RATE_ERROR = 5e-6;
/** Width of the stamps (images/nf/src/stamp.h). */
const STAMP_RANGE = 2 ** 40;

/** The difference by the quickest answer of each side; undefined if one side was never read. */
export function clockDifference(
  sender: readonly ClockReading[],
  receiver: readonly ClockReading[],
): ClockDifference | undefined {
  const [ours, theirs] = [quickest(sender), quickest(receiver)];
  if (ours === undefined || theirs === undefined) return undefined;
  const apartNs = middleNs(theirs) - middleNs(ours);
  const ticks = ours.tsc + (apartNs * ours.tscHz) / 1e9 - theirs.tsc;
  return {
    tscNs: (ticks * 1e9) / theirs.tscHz,
    tscTicks: ((Math.round(ticks) % STAMP_RANGE) + STAMP_RANGE) % STAMP_RANGE,
    unixNs: ours.unixNs + apartNs - theirs.unixNs,
    uncertaintyNs: (tookNs(ours) + tookNs(theirs)) / 2 + Math.abs(apartNs) * RATE_ERROR,
    tscRateRatio: ours.tscHz / theirs.tscHz - 1,
  };
}

/** How far a latency across hosts may be wrong, from the clocks before the trial, which it was counted with, and after it. */
export function latencyUncertaintyNs(before: ClockDifference, after: ClockDifference): number {
  return before.uncertaintyNs + Math.abs(after.tscNs - before.tscNs);
}

/** TSCs whose rates differ by more cannot be told apart by one number for a whole trial. */
const SAME_RATE = 5e-5;
/** A latency says something if its error is at most this share of it. */
const MOST_ERROR_SHARE = 0.05;

/** Why a one-way latency across hosts means nothing, with the median that was counted; undefined if it does mean something. */
export function whyNotOneWay(before: ClockDifference, after: ClockDifference, medianNs: number): string | undefined {
  if (Math.abs(before.tscRateRatio) > SAME_RATE) {
    return `the TSCs of the two hosts tick ${percent(Math.abs(before.tscRateRatio))} apart`;
  }
  const errorNs = latencyUncertaintyNs(before, after);
  if (errorNs <= MOST_ERROR_SHARE * medianNs) return undefined;
  return `the clocks of the two hosts are known to ${micro(errorNs)} µs only, more than ${percent(MOST_ERROR_SHARE)} of the ${micro(medianNs)} µs counted`;
}

function micro(ns: number): string {
  return String(Number((ns / 1000).toPrecision(3)));
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(2))} %`;
}

function tookNs({ askedNs, answeredNs }: ClockReading): number {
  return Math.max(0, answeredNs - askedNs);
}

function middleNs({ askedNs, answeredNs }: ClockReading): number {
  return (askedNs + answeredNs) / 2;
}

function quickest(readings: readonly ClockReading[]): ClockReading | undefined {
  return readings.reduce<ClockReading | undefined>(
    (best, reading) => (best === undefined || tookNs(reading) < tookNs(best) ? reading : best),
    undefined,
  );
}
