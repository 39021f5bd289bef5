import { throughSwitch } from "../topology/datapaths.ts";
import type { Diagnostic, KeyPath, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop } from "./lab.ts";
import { isShaped, limitPlaces } from "./limit.ts";

/** Limits that a hop's datapath cannot hold, or that this host's kernel cannot. */
export function limitDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  return hops.flatMap((hop): readonly Diagnostic[] => {
    if (hop.limit === undefined) return [];
    const path = ["chains", hop.chain, "hops", hop.index, "limit"];
    const place = `hop ${hop.from.nf} to ${hop.to.nf} of chain ${hop.chain}`;
    const places = limitPlaces(hop.datapath);
    const [first] = places;
    if (first === undefined) {
      return [
        error(source, path, "limit-not-possible", {
          message: `${place} goes over ${hop.datapath}, where nothing stands between the NFs that could limit it`,
          help: "use vhost-user, docker-bridge, macvlan, host, af-xdp or ovs-veth for this hop, or remove the limit",
        }),
      ];
    }
    if (!places.includes(hop.limit.at)) {
      return [
        error(source, [...path, "at"], "limit-not-possible", {
          message: `${place} goes over ${hop.datapath}, which holds a rate at ${first} and not at ${hop.limit.at}`,
          help: `write at: ${first}, or use vhost-user for this hop`,
        }),
      ];
    }
    if (isShaped(hop) && !facts.kernelSupport.tbf) {
      return [
        error(source, path, "limit-not-possible", {
          message: `${place} cannot be limited over ${hop.datapath}: the kernel of ${facts.hostname} has no token bucket queue (tbf)`,
          help: "load the kernel module (modprobe sch_tbf), or use vhost-user for this hop",
        }),
      ];
    }
    return throughSwitch(hop.datapath) && topology.traffic.pcap !== undefined
      ? [
          {
            ...error(source, path, "limit-of-capture", {
              message: `${place} is limited by what OVS counts of each frame of the capture, which is less than the frame`,
              help: "give a rate of IP packets (ingress, egress) or of frames without their FCS (meter)",
            }),
            severity: "warning",
          },
        ]
      : [];
  });
}

function error(
  source: SourceFile,
  path: KeyPath,
  code: string,
  text: { readonly message: string; readonly help: string },
): Diagnostic {
  return { severity: "error", code, ...text, span: source.locate(path, "value"), related: [] };
}
