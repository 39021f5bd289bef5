import type { Datapath, Expectation, GoalSpec, MeasureSpec, Term, TrafficSpec } from "../topology/topology.ts";
import { GOAL_PRESETS, type Goal } from "./search/goal.ts";
import {
  DEFAULT_MAX_TRIALS,
  DEFAULT_MIN_LOAD_PPS,
  LATENCY_SHARES,
  type Method,
  type MethodOf,
} from "./search/method.ts";

/** Usual settings of the methods, where the file gives none. */
const USUAL = {
  trials: 3,
  soakIntervalMs: 1000,
  /** RFC 2544 26.3. */
  lossCurveStep: 0.1,
  /** RFC 9004. */
  backToBackRepeats: 50,
  /** RFC 2544 26.4. */
  longestBurstMs: 2000,
  burstResolution: 0.01,
  maxTotalMs: 24 * 3600 * 1000,
} as const;

export interface MethodContext {
  readonly traffic: TrafficSpec;
  /** Of the lab that is measured: what is expected of another datapath says nothing of it. */
  readonly datapath: Datapath;
  /** How many trials, from the command line or `compare:`; undefined takes the file's or the usual number. */
  readonly trials: number | undefined;
  /** A soak ends early when one of these does not hold. */
  readonly expect: readonly Expectation[];
}

/** The method that a file's `measure:` asks for, every parameter in it. */
export function methodOf(spec: MeasureSpec, context: MethodContext): Method {
  const { traffic } = context;
  const trials = context.trials ?? spec.trials ?? USUAL.trials;
  const loadPps = traffic.ratePps ?? "max";
  const { durationMs } = traffic;
  switch (spec.method) {
    case "rate":
      return { kind: "fixed-rate", loadPps, durationMs, trials };
    case "max":
      return { kind: "max-rate", durationMs, trials };
    case "ndr-pdr":
      return searchOf(spec);
    case "latency":
      return {
        kind: "latency-profile",
        of: traffic.ratePps ?? searchOf(spec),
        shares: spec.shares ?? LATENCY_SHARES,
        minLoadPps: spec.minRatePps ?? DEFAULT_MIN_LOAD_PPS,
        durationMs,
        trials: context.trials ?? spec.trials ?? 1,
      };
    case "soak": {
      const intervalMs = Math.min(spec.intervalMs ?? USUAL.soakIntervalMs, durationMs);
      return { kind: "soak", loadPps, intervalMs, totalMs: durationMs, stopWhen: stopWhen(context) };
    }
    case "back-to-back":
      return {
        kind: "back-to-back",
        loadPps,
        maxBurstMs: spec.longestBurstMs ?? USUAL.longestBurstMs,
        resolution: USUAL.burstResolution,
        repeats: spec.repeats ?? USUAL.backToBackRepeats,
        maxTrials: spec.maxTrials ?? 40 * (spec.repeats ?? USUAL.backToBackRepeats),
      };
    case "loss-curve":
      return {
        kind: "loss-curve",
        ...(spec.maxRatePps !== undefined && { maxLoadPps: spec.maxRatePps }),
        stepRatio: Math.min(0.1, spec.stepRatio ?? USUAL.lossCurveStep),
        durationMs,
      };
  }
}

function searchOf(spec: MeasureSpec): MethodOf<"search"> {
  const preset: readonly Goal[] = GOAL_PRESETS[spec.preset];
  return {
    kind: "search",
    goals: spec.goals.length === 0 ? preset : spec.goals.map((goal) => goalOf(goal, preset)),
    minLoadPps: spec.minRatePps ?? DEFAULT_MIN_LOAD_PPS,
    ...(spec.maxRatePps !== undefined && { maxLoadPps: spec.maxRatePps }),
    maxTrials: spec.maxTrials ?? DEFAULT_MAX_TRIALS,
    maxTotalMs: spec.maxTimeMs ?? USUAL.maxTotalMs,
  };
}

/** A goal of the file; what it leaves out is that of the preset's goal of the same name, or else of the preset's first. */
function goalOf(spec: GoalSpec, preset: readonly Goal[]): Goal {
  const like = preset.find(({ name }) => name === spec.name) ?? preset[0] ?? GOAL_PRESETS.csit[0];
  const finalTrialDurationMs = spec.durationMs ?? like.finalTrialDurationMs;
  return {
    name: spec.name,
    lossRatio: spec.lossRatio,
    exceedRatio: spec.exceedRatio ?? like.exceedRatio,
    finalTrialDurationMs,
    durationSumMs: Math.max(finalTrialDurationMs, spec.sumMs ?? like.durationSumMs),
    width: spec.widthRatio ?? like.width,
    initialTrialDurationMs: Math.min(finalTrialDurationMs, spec.initialMs ?? like.initialTrialDurationMs),
  };
}

/** What single intervals can break: a highest loss and a lowest throughput given as numbers. */
function stopWhen({ expect, datapath }: MethodContext): MethodOf<"soak">["stopWhen"] {
  const losses = expect.flatMap((line) => limitOf(line, "loss", "below", datapath));
  const rates = expect.flatMap((line) => limitOf(line, "throughput", "above", datapath));
  return {
    ...(losses.length > 0 && { lossRatioAbove: Math.min(...losses) }),
    ...(rates.length > 0 && { forwardingPpsBelow: Math.max(...rates) }),
  };
}

function limitOf(
  { left, relation, right }: Expectation,
  metric: "loss" | "throughput",
  side: "below" | "above",
  datapath: Datapath,
): readonly number[] {
  const isMetric = (term: Term) =>
    term.kind === "metric" && term.metric === metric && (term.datapath ?? datapath) === datapath;
  const upward = relation === ">=" || relation === ">";
  if (isMetric(left) && right.kind === "number" && left.kind === "metric") {
    return upward === (side === "above") ? [right.value / left.factor] : [];
  }
  if (isMetric(right) && left.kind === "number" && right.kind === "metric") {
    return upward === (side === "below") ? [left.value / right.factor] : [];
  }
  return [];
}
