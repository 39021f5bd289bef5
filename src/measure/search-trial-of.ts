import type { MeasureRequest, SearchTrial } from "./search/search-trial.ts";
import type { Trial } from "./trial.ts";

/** Flags of a trial that says nothing about the system under test. That the rate was not reached says something: methods are told it apart. */
const SAYS_NOTHING: readonly Trial["flags"][number]["code"][] = ["incomplete", "nothing-sent"];

/** What a method must know of a trial. Several chains (and directions) are offered the same load each: figures are per chain. */
export function searchTrialOf(trial: Trial, request: MeasureRequest): SearchTrial {
  const { chains } = trial;
  const senders = Math.max(1, chains.length);
  const sum = (value: (chain: Trial["chains"][number]) => number) =>
    chains.reduce((total, chain) => total + value(chain), 0);
  const sentPps = sum(({ sent, durationNs }) => (durationNs > 0 ? (sent * 1e9) / durationNs : 0)) / senders;
  const { latencyNs } = trial;
  return {
    trial: trial.index,
    loadPps: request.loadPps,
    durationMs: request.durationMs,
    effectiveDurationMs: Math.max(request.durationMs, ...chains.map(({ durationNs }) => durationNs / 1e6)),
    offered: sum(({ offered }) => offered),
    received: sum(({ received }) => received),
    sentPps,
    forwardingPps: trial.throughputPps / senders,
    reached: trial.flags.every(({ code }) => code !== "short-of-rate"),
    usable: trial.flags.every(({ code }) => !SAYS_NOTHING.includes(code)),
    ...(latencyNs && {
      latencyNs: { min: latencyNs.min, p50: latencyNs.p50, p99: latencyNs.p99, max: latencyNs.max },
    }),
  };
}
