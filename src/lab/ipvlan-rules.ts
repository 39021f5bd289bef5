import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop } from "./lab.ts";
import { datapathPath, error } from "./rules.ts";

/**
 * All interfaces of ipvlan on a parent have one MAC, so the kernel finds the receiver by the destination's IPv4 address: what carries another one, or hides it,
 * arrives nowhere.
 */
export function ipvlanDiagnostics(
  topology: Topology,
  source: SourceFile,
  { kernelSupport }: Pick<HostFacts, "kernelSupport">,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  const own = hops.filter(({ datapath }) => datapath === "ipvlan");
  if (own.length === 0) return [];
  // Where it cannot be, that is said already.
  const warning = kernelSupport.ipvlan ? [untried(topology, source)] : [];
  return [...warning, ...lostTraffic(topology, source), ...lostForwards(topology, source, own)];
}

function untried(topology: Topology, source: SourceFile): Diagnostic {
  return {
    ...error(source, datapathPath(topology, "ipvlan"), "untried-datapath", {
      message:
        "hops over ipvlan were written by the kernel's sources and have not been run: no machine at hand has ipvlan",
      help: "check that the first run loses nothing it cannot explain, and report it if it does",
    }),
    severity: "warning",
  };
}

function lostTraffic({ traffic }: Topology, source: SourceFile): readonly Diagnostic[] {
  const { network, vlan, pcap, flows } = traffic;
  const lost = (key: readonly string[], what: string, help: string) =>
    error(source, ["traffic", ...key], "not-over-ipvlan", {
      message: `${what}, and ipvlan finds the next NF by the IPv4 address that Docker gave it`,
      help: `${help}, or use macvlan, which goes by the MAC`,
    });
  return [
    ...(network === "ipv6" ? [lost(["network"], "the traffic is IPv6", "write network: ipv4")] : []),
    ...(vlan !== undefined ? [lost(["vlan"], "the frames have a VLAN tag before their address", "remove vlan")] : []),
    ...(pcap !== undefined ? [lost(["pcap"], "the frames of a capture keep their addresses", "send made frames")] : []),
    ...(flows.vary === "address" && flows.count > 1
      ? [lost(["flows", "vary"], "the flows differ by their addresses", "write vary: port")]
      : []),
  ];
}

function lostForwards({ nfs }: Topology, source: SourceFile, own: readonly LabHop[]): readonly Diagnostic[] {
  return own.flatMap(({ from }) => {
    const nf = nfs.find(({ name }) => name === from.nf);
    const rewrites = (nf?.app === "l2fwd" || nf?.app === "impair") && nf.forward?.mode !== "macswap";
    // Port 0 is the only one of a chain's first NF, which sends to whom it is told.
    if (nf === undefined || from.port === 0 || rewrites) return [];
    const place = nf.forward?.mode === "macswap" ? ["nfs", nf.name, "mode"] : ["nfs", nf.name];
    return [
      {
        ...error(source, place, "forwarder-on-ipvlan", {
          message: `NF ${nf.name} sends on over ipvlan, which finds the next NF by its IPv4 address; packets that keep theirs are lost`,
          help: "use app: l2fwd in mode rewrite, or have your image write the next NF's address, or use macvlan for this hop",
        }),
        severity: nf.app === undefined ? ("warning" as const) : ("error" as const),
      },
    ];
  });
}
