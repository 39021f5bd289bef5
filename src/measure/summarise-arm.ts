import type { CpuPlacement } from "../lab/lab.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import { armFlags } from "./arm-flags.ts";
import { armPackets } from "./arm-packets.ts";
import type { ArmPlan } from "./arm-plan.ts";
import { compareArms, observationsOf, observationsOfArm } from "./compare-arms.ts";
import { headlineTrials, headlineValues } from "./headline-values.ts";
import type { Arm, ArmCpus } from "./result.ts";
import type { MethodOutcome } from "./search/outcome.ts";
import type { NoiseFloor } from "./statistics/comparison.ts";
import { medianInterval } from "./statistics/median-interval.ts";
import type { Summary } from "./summary.ts";
import { summarise } from "./summary.ts";
import { trafficOf } from "./traffic-schema.ts";
import type { Trial } from "./trial.ts";

interface ArmParts {
  readonly plan: ArmPlan;
  /** Of this arm, in the order they ran. */
  readonly trials: readonly Trial[];
  readonly outcome: MethodOutcome | undefined;
  /** The arm to compare with; undefined for the first arm itself. */
  readonly first: Arm | undefined;
  readonly noiseFloor: NoiseFloor | undefined;
  readonly seed: number;
}

/** One arm of a result from its lab and trials. */
export function summariseArm({ plan, trials, outcome, first, noiseFloor, seed }: ArmParts): Arm {
  const { lab } = plan;
  const usable = headlineTrials(trials, plan.method, outcome);
  const latencies = usable.flatMap((trial) => trial.latencyNs ?? []);
  const p50 = summarise(latencies.map((latency) => latency.p50));
  const p99 = summarise(latencies.map((latency) => latency.p99));
  const values = headlineValues(usable, outcome);
  const interval = medianInterval(values);
  return {
    name: plan.name,
    datapath: lab.datapath,
    settings: plan.settings,
    lab: lab.name,
    frameBytes: meanFrameBytes(lab.traffic.frames),
    traffic: trafficOf(lab.traffic),
    durationMs: lab.traffic.durationMs,
    ...(outcome && { outcome }),
    ...present("throughputPps", summarise(values)),
    ...(interval && { throughputInterval: interval }),
    ...present("bandwidthBps", summarise(usable.map((trial) => trial.bandwidthBps))),
    ...present("lossRatio", summarise(usable.map((trial) => trial.lossRatio))),
    ...(p50 && p99 && { latencyNs: { p50, p99 } }),
    ...present("switchCyclesPerPacket", summarise(usable.flatMap((trial) => trial.switchCyclesPerPacket ?? []))),
    packets: armPackets(trials.filter((trial) => trial.usable)),
    cpus: armCpus(lab.cpus),
    ...(first && {
      comparison: compareArms(observationsOf(values, usable), observationsOfArm(first), { noiseFloor, seed }),
    }),
    trials,
    flags: armFlags(trials, lab.cpus),
  };
}

/** The CPUs that poll in a lab. */
export function armCpus(placement: CpuPlacement): ArmCpus {
  const used = placement.owners.map((owner) => owner.cpu);
  return {
    used,
    count: used.length,
    owners: placement.owners.map(({ host, cpu, owners }) => ({ ...(host !== undefined && { host }), cpu, owners })),
    shared: placement.owners.some((owner) => owner.owners.length > 1),
    folded: placement.folded,
  };
}

function present<K extends string>(key: K, summary: Summary | undefined): { readonly [P in K]?: Summary } {
  return summary === undefined ? {} : ({ [key]: summary } as { [P in K]: Summary });
}
