import { notMeasured } from "../measure/not-measured.ts";
import { formatCount, formatRate } from "../measure/quantity.ts";
import type { Arm, Result } from "../measure/result.ts";
import type { Traffic } from "../measure/traffic-schema.ts";
import { genomeText } from "../topology/frames.ts";

/** What was measured, in one line: `compare pktgen-stats: 64-byte frames, 1 flow, rate max, 5 trials of 2 s each`. What differs between the arms is left out. */
export function headline(result: Result): string {
  const { arms, method } = result;
  const what = `${result.kind} ${result.topology.name}`;
  if (arms.length === 0) return what;
  const alike = (textOf: (arm: Arm) => string): readonly string[] => {
    const texts = new Set(arms.map(textOf));
    return texts.size === 1 ? [...texts].filter((text) => text !== "") : [];
  };
  const parts = [
    ...alike(({ traffic }) => framesText(traffic)),
    ...alike(({ traffic }) => flowsText(traffic)),
    ...alike(({ traffic }) => headersText(traffic).join(", ")),
    ...alike((arm) => methodText(method, arm)),
    trialsText(result),
  ];
  return `${what}: ${parts.join(", ")}`;
}

function framesText({ frames, pcap }: Traffic): string {
  if (pcap !== undefined) return `frames of ${pcap}`;
  return frames.length === 1 ? `${genomeText(frames)}-byte frames` : `frames of ${genomeText(frames)} bytes`;
}

function flowsText({ flows, pcap }: Traffic): string {
  if (pcap !== undefined) return "flows of the capture";
  const choice =
    flows.choice === "zipf" ? ` by Zipf's law (${flows.skew})` : flows.choice === "uniform" ? " at random" : "";
  return `${formatCount(flows.count)} ${flows.count === 1 ? "flow" : "flows"}${choice}`;
}

/** What is not usual about the frames. */
function headersText(traffic: Traffic): readonly string[] {
  return [
    ...(traffic.vlan === undefined ? [] : [`VLAN ${traffic.vlan}`]),
    ...(traffic.network === "ipv6" ? ["IPv6"] : []),
    ...(traffic.transport === "tcp" ? ["TCP"] : []),
    ...(traffic.direction === "both" ? ["both directions"] : []),
  ];
}

function methodText(method: Result["method"], arm: Arm): string {
  switch (method.kind) {
    case "fixed-rate":
    case "soak":
      return arm.traffic.ratePps === undefined ? "rate max" : `${formatRate(arm.traffic.ratePps)} asked`;
    case "max-rate":
      return "rate max";
    case "search":
      return `search for ${method.goals.map(({ name }) => name).join(" and ")}`;
    case "latency-profile":
      return "latency at shares of the throughput";
    case "loss-curve":
      return "loss curve";
    case "back-to-back":
      return "longest burst without loss";
  }
}

function trialsText({ arms, method }: Result): string {
  const plain = method.kind === "fixed-rate" || method.kind === "max-rate" || method.kind === "soak";
  const each = method.kind === "soak" ? method.intervalMs : (arms[0]?.durationMs ?? 0);
  const alike = method.kind === "soak" || arms.every(({ durationMs }) => durationMs === each);
  return plain && alike ? `${trialsOf(arms)} of ${each / 1000} s` : trialsOf(arms);
}

const KIND_NOUNS: Readonly<Record<Result["kind"], string>> = {
  run: "run",
  compare: "comparison",
  sweep: "sweep",
  calibrate: "calibration",
};

/** What every text about a simulated result begins with. */
export const SIMULATED = "SIMULATED: a modelled data plane made these figures. They say nothing about real hardware.";

/** What the reader must know before any figure. */
export function cautions(result: Result): readonly string[] {
  return [
    ...(result.complete
      ? []
      : [`INCOMPLETE: the ${KIND_NOUNS[result.kind]} did not run to its end. The figures are of the trials that did.`]),
    ...[...notMeasured(result), ...result.errors].map((error) => `ERROR: ${error}`),
  ];
}

/** Where it was measured: in one line, or of a lab on several hosts in a sentence for each. */
export function whereMeasured(result: Result): string {
  const { host, versions, hosts, corebedVersion, startedAt } = result;
  if (hosts === undefined) {
    const name = host.address === undefined ? host.hostname : `${host.hostname} (${host.address})`;
    return `Measured on ${name}, ${startedAt}: ${[...machineParts(host, versions), `corebed ${corebedVersion}`].join(", ")}.`;
  }
  const each = hosts.map(
    ({ name, address, facts, versions: own }) =>
      `Host ${name} (${facts.hostname}, ${address}): ${machineParts(facts, own).join(", ")}.`,
  );
  return [`Measured on ${hosts.length} hosts, ${startedAt}, with corebed ${corebedVersion}.`, ...each].join(" ");
}

function machineParts(
  host: Result["host"],
  versions: Pick<Result["versions"], "kernel" | "docker" | "ovs" | "dpdk">,
): readonly string[] {
  const machine = host.virtualisation === undefined ? "bare metal" : `${host.virtualisation} guest`;
  return [
    `${host.cpus.model} (${machine}, ${host.cpus.usable.length} CPUs)`,
    `Linux ${versions.kernel}`,
    ...(versions.docker ? [`Docker ${versions.docker}`] : []),
    ...(versions.ovs ? [`OVS ${versions.ovs}`] : []),
    ...(versions.dpdk ? [`DPDK ${versions.dpdk}`] : []),
  ];
}

function trialsOf(arms: readonly Arm[]): string {
  const counts = arms.map((arm) => arm.trials.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const each = arms.length > 1 ? " each" : "";
  if (fewest !== most) return `${fewest} to ${most} trials${each}`;
  return `${most} ${most === 1 ? "trial" : "trials"}${each}`;
}
