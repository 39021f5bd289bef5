import { onParent } from "../topology/datapaths.ts";
import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop } from "./lab.ts";
import { isShaped } from "./limit.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { error } from "./rules.ts";

/** Frames that fit OVS's AF_XDP buffers, with FCS: 2048 bytes less 256 that the kernel keeps free before each packet. */
const LARGEST_XDP_FRAME = USUAL_MTU_BYTES + 18;

/** What AF_XDP cannot do: frames longer than its buffers, interfaces that run no XDP program, a kernel without. */
export function xdpDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  return [...driverDiagnostics(topology, source, facts, hops), ...frameDiagnostics(topology, source, hops)];
}

function driverDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  return topology.nfs.flatMap(({ name, driver }) => {
    if (driver !== "af-xdp") return [];
    const own = hops.filter(({ from, to }) => from.nf === name || to.nf === name).map(({ datapath }) => datapath);
    const place = ["nfs", name, "driver"];
    const parented = own.find(onParent);
    if (parented !== undefined) {
      return [
        error(source, place, "driver-not-possible", {
          message: `NF ${name} cannot use af-xdp on ${parented}: such an interface runs no XDP program`,
          help: "remove driver, or use docker-bridge, host or af-xdp, whose veth pairs do",
        }),
      ];
    }
    const limited = hops.find((hop) => hop.from.nf === name && isShaped(hop));
    if (limited !== undefined) {
      return [
        error(source, place, "driver-not-possible", {
          message: `NF ${name} cannot use af-xdp on a limited hop: AF_XDP goes past the queue that would hold the rate`,
          help: `remove driver, or the limit of the hop from ${name} to ${limited.to.nf}`,
        }),
      ];
    }
    if (own.every((datapath) => datapath === "vhost-user" || datapath === "memif")) return [];
    if (facts.kernelSupport["af-xdp"]) return [];
    return [
      error(source, place, "driver-not-possible", {
        message: `NF ${name} cannot use af-xdp: the kernel of ${facts.hostname} has no af-xdp`,
        help: "remove driver, so that the NF uses packet sockets; corebed doctor shows what this host can do",
      }),
    ];
  });
}

function frameDiagnostics(topology: Topology, source: SourceFile, hops: readonly LabHop[]): readonly Diagnostic[] {
  const drives = new Set(topology.nfs.filter(({ driver }) => driver === "af-xdp").map(({ name }) => name));
  const hop = hops.find(
    ({ datapath, from, to, mtuBytes }) =>
      mtuBytes > USUAL_MTU_BYTES &&
      (datapath === "af-xdp" ||
        (datapath !== "vhost-user" && datapath !== "memif" && (drives.has(from.nf) || drives.has(to.nf)))),
  );
  if (hop === undefined) return [];
  return [
    error(source, ["traffic", "frame"], "frame-too-long-for-xdp", {
      message: `frames of ${hop.mtuBytes + 18} bytes do not fit AF_XDP's buffers on the way from ${hop.from.nf} to ${hop.to.nf}`,
      help: `send frames of at most ${LARGEST_XDP_FRAME} bytes, or use another datapath for this hop`,
    }),
  ];
}
