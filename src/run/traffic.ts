import type { Lab, LabHop, LabNf, LabPort, PortRef } from "../lab/lab.ts";
import type { NfFlows, NfStart } from "../rpc/nf-control/messages.ts";
import type { ForwardSpec, TrafficSpec } from "../topology/topology.ts";
import { type Clocks, tscAheadOf } from "./clocks.ts";
import type { DrivenLab, NfHandle } from "./live.ts";

/** What it takes to drive traffic: the lab, and the NFs of it that are to send or to receive. */
export type Driven = Pick<DrivenLab, "lab" | "nfs">;

/** What the generators are asked for in one trial. */
export interface Sending {
  /** Packets per second of each; undefined: as many as the port takes. */
  readonly ratePps: number | undefined;
  /** Marks the packets; unique within the life of the NFs. */
  readonly stamp: number;
  /** Stop after this many; undefined: when told. */
  readonly packets?: number | undefined;
}

/** Of the order in which flows come: the same for both ends, and in every trial. */
const FLOW_SEED = 1;
/** Where the NFs find a capture that is replayed. */
const CAPTURE = "replay.pcap";

/** Path of the lab's capture in the directory of an NF that replays it. */
export function capturePath(nf: LabNf): string {
  return `${nf.directory}/${CAPTURE}`;
}

/** NFs that send in a lab: the first of each chain and, where traffic goes both ways, the last. */
export function senders({ nfs, lab }: Driven): readonly NfHandle[] {
  const both = lab.traffic.direction === "both";
  return nfs.filter(({ app }) => app === "pktgen" || (both && app === "stats"));
}

/** Makes every NF that receives ready for a trial: figures cleared, packets of other trials told apart. NFs that also send hold that back. With `clocks`
 * they allow for generators on other hosts. */
export async function startReceivers(controls: Driven, sending: Sending, clocks: Clocks = new Map()): Promise<void> {
  const { lab } = controls;
  const both = lab.traffic.direction === "both";
  await Promise.all(
    controls.nfs.map(async (handle) => {
      const { stamp: trial } = sending;
      const { app, nf, control } = handle;
      if (app === "l2fwd") await control.start({ trial, ...forwarding(lab, nf) });
      if (app === "impair") await control.start({ trial, ...passingOn(lab, nf), ...impairing(nf) });
      if (app === "stats") {
        const reverse = both ? { hold: true, reverse: generating(lab, nf, sending) } : {};
        const ahead = tscAheadOf(lab, nf, "forward", clocks);
        await control.start({ trial, ...expectedFlows(lab.traffic), ...ahead, ...reverse });
      }
      if (app === "pktgen" && both) {
        const reverse = { ...expectedFlows(lab.traffic), ...tscAheadOf(lab, nf, "reverse", clocks) };
        await control.start({ ...generating(lab, nf, sending), hold: true, reverse });
      }
    }),
  );
}

/** Starts the generators, all at once. Their receivers must have been started. */
export async function startGenerators(controls: Driven, sending: Sending): Promise<void> {
  const both = controls.lab.traffic.direction === "both";
  await Promise.all(
    senders(controls).map(async ({ app, nf, control }) => {
      if (both) await control.send();
      else if (app === "pktgen") await control.start(generating(controls.lab, nf, sending));
    }),
  );
}

/** Ends sending; resolves once no generator sends any more. */
export async function stopGenerators(controls: Driven): Promise<void> {
  await Promise.all(senders(controls).map(({ control }) => control.stop()));
}

/** A receiver that goes on polling between trials takes CPU time from whoever shares its CPU: told to stop, it sleeps while nothing comes. */
export async function stopReceivers(controls: Driven): Promise<void> {
  await Promise.all(controls.nfs.map(({ control }) => control.stop()));
}

/** What the generator at one end of a chain is to send to the other end. */
function generating(lab: Lab, nf: LabNf, { ratePps, stamp, packets }: Sending): NfStart["pktgen"] {
  const { traffic } = lab;
  const { from, to } = endsFrom(lab, nf);
  const ipv6 = traffic.network === "ipv6";
  return {
    trial: stamp,
    frames: traffic.frames,
    flows: nfFlows(traffic),
    ratePps: ratePps ?? 0,
    burst: traffic.burst,
    ...(packets !== undefined && { packets }),
    dstMac: to.destination.mac,
    srcIp: ipv6 ? ipv6Of(from.ipv4) : from.ipv4,
    dstIp: ipv6 ? ipv6Of(to.destination.ipv4) : to.destination.ipv4,
    ...(traffic.vlan !== undefined && { vlan: traffic.vlan }),
    network: traffic.network,
    transport: traffic.transport,
    ...(traffic.pcap !== undefined && { pcap: capturePath(nf) }),
  };
}

/** The flows that a receiver is told to expect, so that it can say which of them lost packets; a capture's are not known. */
function expectedFlows(traffic: TrafficSpec): { readonly flows?: NfFlows } {
  return traffic.pcap === undefined ? { flows: nfFlows(traffic) } : {};
}

function nfFlows({ flows }: TrafficSpec): NfFlows {
  return { ...flows, seed: FLOW_SEED };
}

/** The port an end of a chain sends by, and the one at the other end of that hop. */
function endsFrom(lab: Lab, nf: LabNf): { readonly from: LabPort; readonly to: LabPort } {
  const forward = lab.hops.find(({ from }) => from.nf === nf.name);
  const backward = lab.hops.find(({ to }) => to.nf === nf.name);
  // An NF that is alone sends to nobody: its frames carry its own address.
  const alone = { nf: nf.name, port: 0 };
  const ends = forward === undefined ? [backward?.to ?? alone, backward?.from ?? alone] : [forward.from, forward.to];
  return { from: portAt(lab, ends[0]), to: portAt(lab, ends[1]) };
}

/** The benchmarking range of IPv6 (RFC 5180), with the IPv4 address in its last four bytes. */
function ipv6Of(ipv4: string): string {
  return `2001:2::${ipv4}`;
}

/** The addresses with which an NF passes packets on. */
function passingOn(lab: Lab, { name, forward }: LabNf) {
  const mode = forward?.mode ?? "rewrite";
  return { mode, ...(mode === "rewrite" && { rewrite: lab.hops.flatMap((hop) => rewritesOf(lab, hop, name)) }) };
}

const PARTS_PER_BILLION = 1e9;

/** What is to become of the packets that it passes on. */
function impairing({ impair }: LabNf): Pick<NfStart["impair"], "impair"> {
  if (impair === undefined) return {};
  const ppb = (ratio: number): number => Math.round(ratio * PARTS_PER_BILLION);
  return {
    impair: {
      delayNs: Math.round(impair.delayNs),
      jitterNs: Math.round(impair.jitterNs),
      lossPpb: ppb(impair.lossRatio),
      duplicatePpb: ppb(impair.duplicateRatio),
      reorderPpb: ppb(impair.reorderRatio),
      seed: impair.seed,
    },
  };
}

/** What a forwarder is to do with packets. */
function forwarding(lab: Lab, nf: LabNf) {
  const spec: ForwardSpec = nf.forward ?? { mode: "rewrite", drop: [], workCycles: 0, workBytes: 0 };
  return {
    ...passingOn(lab, nf),
    ...(spec.drop.length > 0 && {
      drop: spec.drop.map(({ every, sourcePort, destinationPort, transport }) => ({
        every,
        ...(sourcePort !== undefined && { srcPort: sourcePort }),
        ...(destinationPort !== undefined && { dstPort: destinationPort }),
        ...(transport !== undefined && { protocol: transport }),
      })),
    }),
    ...((spec.workCycles > 0 || spec.workBytes > 0) && {
      work: { cycles: spec.workCycles, memoryBytes: spec.workBytes },
    }),
  };
}

/** Towards the NF at the other end of a hop: its MAC and, on a Docker network, addresses of that network, since Docker's rules drop others there. */
function rewritesOf(lab: Lab, hop: LabHop, nf: string) {
  const ends = hop.from.nf === nf ? [hop.from, hop.to] : hop.to.nf === nf ? [hop.to, hop.from] : [];
  const [own, other] = ends;
  // Packets go back over a hop only where traffic goes both ways.
  if (own === undefined || (own === hop.to && lab.traffic.direction === "one")) return [];
  const [from, to] = [portAt(lab, own), portAt(lab, other)];
  const { mac: dstMac, ipv4: dstIp } = to.destination;
  const addresses = hop.networks === undefined || lab.traffic.network === "ipv6" ? {} : { srcIp: from.ipv4, dstIp };
  return [{ port: from.index, dstMac, ...addresses }];
}

function portAt(lab: Lab, ref: PortRef | undefined): LabPort {
  const port = lab.nfs.find((nf) => nf.name === ref?.nf)?.ports[ref?.port ?? 0];
  if (port === undefined) throw new Error(`internal: no port ${ref?.nf}/${ref?.port} in lab ${lab.name}`);
  return port;
}
