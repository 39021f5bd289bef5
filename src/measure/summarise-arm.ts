import type { CpuPlacement, Lab } from "../lab/lab.ts";
import { armFlags } from "./arm-flags.ts";
import { armPackets } from "./arm-packets.ts";
import { ratioInterval, seededRandom } from "./bootstrap.ts";
import type { Arm, ArmCpus } from "./result.ts";
import type { Summary } from "./summary.ts";
import { summarise } from "./summary.ts";
import type { Trial } from "./trial.ts";
import { verdictOf } from "./verdict.ts";

/** Fixed, so that the same trials always give the same interval. */
const BOOTSTRAP_SEED = 20_771;

/** One arm of a result from its lab and trials. `first` is the arm to compare with; undefined for the first arm itself. */
export function summariseArm(lab: Lab, trials: readonly Trial[], first: Arm | undefined): Arm {
  const complete = trials.filter((trial) => trial.complete);
  const latencies = complete.flatMap((trial) => trial.latencyNs ?? []);
  const p50 = summarise(latencies.map((latency) => latency.p50));
  const p99 = summarise(latencies.map((latency) => latency.p99));
  const cpus = armCpus(lab.cpus);
  return {
    datapath: lab.datapath,
    frameBytes: lab.traffic.frameBytes,
    flows: lab.traffic.flows,
    ...(lab.traffic.ratePps !== undefined && { ratePps: lab.traffic.ratePps }),
    durationMs: lab.traffic.durationMs,
    ...present("throughputPps", summarise(complete.map((trial) => trial.throughputPps))),
    ...present("bandwidthBps", summarise(complete.map((trial) => trial.bandwidthBps))),
    ...present("lossRatio", summarise(complete.map((trial) => trial.lossRatio))),
    ...(p50 && p99 && { latencyNs: { p50, p99 } }),
    ...present("switchCyclesPerPacket", summarise(complete.flatMap((trial) => trial.switchCyclesPerPacket ?? []))),
    packets: armPackets(complete),
    cpus,
    ...(first && comparison(complete, first)),
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
    owners: placement.owners.map(({ cpu, owners }) => ({ cpu, owners })),
    shared: placement.owners.some((owner) => owner.owners.length > 1),
    folded: placement.folded,
  };
}

function comparison(complete: readonly Trial[], first: Arm): Pick<Arm, "ratioToFirst" | "ratioInterval" | "verdict"> {
  const values = complete.map((trial) => trial.throughputPps);
  const baseline = first.trials.filter((trial) => trial.complete).map((trial) => trial.throughputPps);
  const interval = ratioInterval(values, baseline, { random: seededRandom(BOOTSTRAP_SEED) });
  const ratio = (summarise(values)?.median ?? Number.NaN) / (summarise(baseline)?.median ?? Number.NaN);
  return {
    ...(Number.isFinite(ratio) && { ratioToFirst: ratio }),
    ...(interval && { ratioInterval: interval }),
    verdict: verdictOf(interval),
  };
}

function present<K extends string>(key: K, summary: Summary | undefined): { readonly [P in K]?: Summary } {
  return summary === undefined ? {} : ({ [key]: summary } as { [P in K]: Summary });
}
