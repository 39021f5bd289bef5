import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import { largestFrameBytes } from "../topology/frames.ts";
import type { Topology, TrafficSpec } from "../topology/topology.ts";
import type { HostFacts, InterfaceFacts, NicUse } from "./host-facts.ts";
import { error } from "./rules.ts";
import { LARGEST_UPLINK_MTU_BYTES, type LabUplink, TUNNEL_OVERHEAD_BYTES } from "./tunnel.ts";

/** Traffic of a lab beside what a person works over would cut him off; addresses of its own do an interface no harm. */
const NEVER: ReadonlySet<NicUse["kind"]> = new Set(["default-route", "ssh", "member"]);

/** Ethernet header and FCS. */
const FRAME_OVERHEAD_BYTES = 18;
const VLAN_TAG_BYTES = 4;

/** What keeps a switch from the interface that the file gives it. Facts that say nothing of interfaces forbid nothing. The source is that of the part's host. */
export function uplinkDiagnostics(
  { traffic }: Topology,
  source: SourceFile,
  { interfaces, hostname }: HostFacts,
  { parent }: LabUplink,
): readonly Diagnostic[] {
  if (interfaces === undefined) return [];
  const found = interfaces.find(({ name }) => name === parent);
  const words = found === undefined ? missing(parent, hostname) : problemOf(found, hostname, traffic);
  return words === undefined ? [] : [error(source, ["tunnel", "interface"], words.code, words)];
}

type Words = Pick<Diagnostic, "code" | "message" | "help">;

function missing(parent: string, hostname: string): Words {
  return {
    code: "no-such-interface",
    message: `${hostname} has no interface ${parent}`,
    help: "ip -br link shows those that there are; write the name of one on a network that the lab's other hosts are on too",
  };
}

function problemOf(
  { name, up, mtuBytes, uses }: InterfaceFacts,
  host: string,
  traffic: TrafficSpec,
): Words | undefined {
  const use = uses.find(({ kind }) => NEVER.has(kind));
  if (use !== undefined) {
    return {
      code: "interface-in-use",
      message: `${name} of ${host} ${use.text}: no lab sends its traffic there`,
      help: "use an interface that nothing else needs, such as a second card or a VLAN of its own",
    };
  }
  if (!up) {
    return {
      code: "interface-down",
      message: `${name} of ${host} is down, and corebed changes nothing about an interface of yours`,
      help: `ip link set ${name} up`,
    };
  }
  const { frames, pcap, vlan } = traffic;
  const tooLarge = pcap === undefined ? bufferProblem(name, host, { frames, vlan }) : undefined;
  return tooLarge ?? tunnelMtuProblem(name, host, traffic, mtuBytes);
}

/** What the largest packet of the traffic has with a tunnel's headers, in bytes. */
export function tunnelledBytes({ frames, vlan }: Pick<TrafficSpec, "frames" | "vlan">): number {
  const tag = vlan === undefined ? 0 : VLAN_TAG_BYTES;
  return largestFrameBytes(frames) - FRAME_OVERHEAD_BYTES + tag + TUNNEL_OVERHEAD_BYTES;
}

function bufferProblem(name: string, host: string, traffic: Pick<TrafficSpec, "frames" | "vlan">): Words | undefined {
  const needed = tunnelledBytes(traffic);
  if (needed <= LARGEST_UPLINK_MTU_BYTES) return undefined;
  const largest = largestFrameBytes(traffic.frames);
  return {
    code: "frame-too-large-for-tunnel",
    message: `frames of ${largest} bytes have ${needed} with the tunnel's headers, and the switch's buffers for ${name} of ${host} hold ${LARGEST_UPLINK_MTU_BYTES}`,
    help: `send frames of ${largest - (needed - LARGEST_UPLINK_MTU_BYTES)} bytes at most between hosts`,
  };
}

/** What keeps the traffic's frames, in a tunnel, from an interface. */
export function tunnelMtuProblem(
  name: string,
  host: string,
  traffic: TrafficSpec,
  mtuBytes: number | undefined,
): Words | undefined {
  // What is in a capture is not known here.
  if (traffic.pcap !== undefined || mtuBytes === undefined) return undefined;
  const needed = tunnelledBytes(traffic);
  if (mtuBytes >= needed) return undefined;
  const largest = largestFrameBytes(traffic.frames);
  return {
    code: "interface-mtu",
    message: `${name} of ${host} takes packets of ${mtuBytes} bytes, and frames of ${largest} bytes have ${needed} with the tunnel's headers`,
    help: `ip link set ${name} mtu ${needed} on every host, if the network between them carries that, or send frames of ${largest - (needed - mtuBytes)} bytes at most`,
  };
}
