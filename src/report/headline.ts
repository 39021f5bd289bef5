import { formatRate } from "../measure/quantity.ts";
import type { Arm, Result } from "../measure/result.ts";

/** What was measured, in one line: `compare pktgen-stats: 64-byte frames, 1 flow, rate max, 5 trials of 2 s each`. */
export function headline(result: Result): string {
  const [arm] = result.arms;
  const what = `${result.kind} ${result.topology.name}`;
  if (arm === undefined) return what;
  const flows = `${arm.flows} ${arm.flows === 1 ? "flow" : "flows"}`;
  const rate = arm.ratePps === undefined ? "rate max" : `${formatRate(arm.ratePps)} asked`;
  return `${what}: ${arm.frameBytes}-byte frames, ${flows}, ${rate}, ${trialsOf(result.arms)} of ${arm.durationMs / 1000} s`;
}

/** What the reader must know before any figure. */
export function cautions(result: Result): readonly string[] {
  return [
    ...(result.simulated
      ? ["SIMULATED: a modelled data plane made these figures. They say nothing about real hardware."]
      : []),
    ...(result.complete
      ? []
      : [
          `INCOMPLETE: the ${result.kind === "compare" ? "comparison" : "run"} did not run to its end. The figures are of the trials that did.`,
        ]),
  ];
}

/** Where it was measured, in one line. */
export function whereMeasured(result: Result): string {
  const { host, versions } = result;
  const machine = host.virtualisation === undefined ? "bare metal" : `${host.virtualisation} guest`;
  const parts = [
    `${host.cpus.model} (${machine}, ${host.cpus.usable.length} CPUs)`,
    `Linux ${versions.kernel}`,
    ...(versions.docker ? [`Docker ${versions.docker}`] : []),
    ...(versions.ovs ? [`OVS ${versions.ovs}`] : []),
    ...(versions.dpdk ? [`DPDK ${versions.dpdk}`] : []),
    `corebed ${result.corebedVersion}`,
  ];
  return `Measured on ${host.hostname}, ${result.startedAt}: ${parts.join(", ")}.`;
}

function trialsOf(arms: readonly Arm[]): string {
  const counts = arms.map((arm) => arm.trials.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const each = arms.length > 1 ? " each" : "";
  if (fewest !== most) return `${fewest} to ${most} trials${each}`;
  return `${most} ${most === 1 ? "trial" : "trials"}${each}`;
}
