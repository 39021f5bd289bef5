import { median } from "../summary.ts";
import type { Counted } from "./counted.ts";
import { counted, leftOf } from "./counted.ts";
import type { MethodOf } from "./method.ts";
import type { OutcomeOf } from "./outcome.ts";
import { mean, standardDeviation } from "./point.ts";
import type { MethodOptions } from "./progress.ts";
import type { Load, Measure, MeasureRequest } from "./search-trial.ts";
import { lossRatioOf } from "./search-trial.ts";

type Method = MethodOf<"back-to-back">;
type Outcome = OutcomeOf<"back-to-back">;

/** A repeat ends unfinished after this many disturbed trials in a row. */
const UNUSABLE_IN_A_ROW = 5;

/**
 * Longest burst without loss (RFC 9004): a bisection over the length of the burst, run `repeats` times, of which the mean, the extremes and the standard
 * deviation are the result. Each repeat begins at the longest burst. Buffer time: the mean burst / the rate inside of it; corrected by what the system
 * forwards meanwhile, at its throughput without loss. The rate inside of a burst is what the generator really sent. A burst at whose rate the generator
 * fell short counts as lossy; where that bounds the result, `generatorShort` says so. Rate `max` has no such bursts.
 */
export async function backToBack(method: Method, measure: Measure, options: MethodOptions = {}): Promise<Outcome> {
  const session = counted(measure, options);
  const bursts: Outcome["bursts"][number][] = [];
  const rates: number[] = [];
  while (bursts.length < method.repeats) {
    const burst = await longestBurst(method, session, rates, method.repeats - bursts.length - 1);
    if (burst === undefined) break;
    bursts.push(burst);
  }
  const packets = bursts.map((burst) => burst.packets);
  const meanPackets = mean(packets);
  const deviation = standardDeviation(packets);
  const burstPps = rates.length > 0 ? median(rates) : undefined;
  return {
    kind: "back-to-back",
    finished: bursts.length === method.repeats,
    bursts,
    ...(meanPackets !== undefined && {
      meanPackets,
      minPackets: Math.min(...packets),
      maxPackets: Math.max(...packets),
    }),
    ...(deviation !== undefined && { standardDeviationPackets: deviation }),
    ...(burstPps !== undefined && { burstPps }),
    ...bufferTimes(meanPackets, burstPps, method.throughputPps),
    trials: session.trials(),
  };
}

/**
 * RFC 9004: implied time = mean burst / rate of the burst; corrected time = implied time - implied time x throughput / rate of the burst. In seconds.
 * Without loss at the burst's rate no buffer is filled, and there is no corrected time.
 */
export function bufferTimes(
  meanPackets: number | undefined,
  burstPps: number | undefined,
  throughputPps: number | undefined,
): Pick<Outcome, "impliedBufferSeconds" | "correctedBufferSeconds"> {
  if (meanPackets === undefined || burstPps === undefined || burstPps <= 0) return {};
  const impliedBufferSeconds = meanPackets / burstPps;
  if (throughputPps === undefined || throughputPps >= burstPps) return { impliedBufferSeconds };
  return { impliedBufferSeconds, correctedBufferSeconds: impliedBufferSeconds * (1 - throughputPps / burstPps) };
}

/** One bisection. Adds the rates inside of its bursts to `rates`. Undefined when the bound on trials or disturbed trials ended it. */
async function longestBurst(
  method: Method,
  session: Counted,
  rates: number[],
  repeatsLeft: number,
): Promise<Outcome["bursts"][number] | undefined> {
  const indices: number[] = [];
  const steps = Math.ceil(Math.log2(1 / method.resolution)) + 1;
  let passed = { ms: 0, packets: 0 };
  let failed: { readonly ms: number; readonly packets: number; readonly reached: boolean } | undefined;
  let askMs = method.maxBurstMs;
  let unusable = 0;
  while (session.trials() < method.maxTrials && unusable < UNUSABLE_IN_A_ROW) {
    const trial = await session.measure(requestOf(method.loadPps, askMs, rates), () =>
      leftOf(Math.min(method.maxTrials - session.trials(), (repeatsLeft + 1) * steps - indices.length), askMs),
    );
    indices.push(trial.trial);
    if (trial.offered === 0 && failed === undefined) return undefined;
    if (!trial.usable && trial.reached && trial.offered > 0) {
      unusable += 1;
      continue;
    }
    unusable = 0;
    if (trial.sentPps > 0) rates.push(trial.sentPps);
    if (trial.reached && lossRatioOf(trial) === 0) passed = { ms: askMs, packets: trial.offered };
    else failed = { ms: askMs, packets: trial.offered, reached: trial.reached };
    const result = { packets: passed.packets, trials: indices };
    if (failed === undefined) return { ...result, limited: true, generatorShort: false };
    if (failed.ms - passed.ms <= method.resolution * failed.ms || failed.packets - passed.packets <= 1) {
      return { ...result, limited: false, generatorShort: !failed.reached };
    }
    askMs = (passed.ms + failed.ms) / 2;
  }
  return undefined;
}

function requestOf(loadPps: Load, durationMs: number, rates: readonly number[]): MeasureRequest {
  const pps = loadPps === "max" ? median(rates) : loadPps;
  const packets = Number.isFinite(pps) ? Math.max(1, Math.round((pps * durationMs) / 1000)) : undefined;
  return { loadPps, durationMs, purpose: "burst", ...(packets !== undefined && { packets }) };
}
