import { genomeText } from "../topology/frames.ts";
import type { Arm, Result } from "./result.ts";
import type { Method } from "./search/method.ts";
import type { ResultDescriptor } from "./statistics/comparability.ts";
import type { Traffic } from "./traffic-schema.ts";

/** What must be known of an arm of a result to say whether it may be set against one of another result. */
export function descriptorOf(result: Result, arm: Arm): ResultDescriptor {
  const { host, versions } = result;
  return {
    cpuModel: host.cpus.model,
    cpuCount: host.cpus.usable.length,
    kernelMajorMinor: /^\d+\.\d+/.exec(versions.kernel)?.[0],
    virtualisation: host.virtualisation ?? "none",
    governor: host.cpus.governor,
    hugePageKib: host.hugePages.pageKib,
    ovs: versions.ovs,
    dpdk: versions.dpdk,
    docker: versions.docker,
    corebed: versions.corebed,
    placement: arm.cpus.owners.map(({ cpu, owners }) => `${cpu}: ${owners.join(" + ")}`).join(", "),
    traffic: trafficText(arm.traffic),
    method: methodText(result.method),
    simulated: result.simulated,
  };
}

function trafficText(traffic: Traffic): string {
  const { frames, flows, ratePps, direction, vlan, network, transport, pcap, burst } = traffic;
  return [
    pcap === undefined ? `${genomeText(frames)} B` : `capture ${pcap}`,
    `${flows.count} ${flows.count === 1 ? "flow" : "flows"} (${flows.choice}${flows.choice === "zipf" ? ` ${flows.skew}` : ""}, by ${flows.vary})`,
    ratePps === undefined ? "max" : `${ratePps} pps`,
    `${network} ${transport}${vlan === undefined ? "" : ` VLAN ${vlan}`}`,
    `${direction === "both" ? "both directions, " : ""}bursts of ${burst}`,
  ].join(", ");
}

/** Lengths matter, numbers of trials do not. */
function methodText(method: Method): string {
  switch (method.kind) {
    case "fixed-rate":
    case "max-rate":
      return `${method.kind} ${method.durationMs} ms`;
    case "search":
      return method.goals
        .map((goal) => `${goal.name} ${goal.lossRatio} / ${goal.exceedRatio} / ${goal.durationSumMs} ms`)
        .join(", ");
    default:
      return method.kind;
  }
}
