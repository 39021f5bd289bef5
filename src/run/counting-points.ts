import type { Lab, LabHop, LabNic, PortRef, SwitchPort } from "../lab/lab.ts";
import { isShaped } from "../lab/limit.ts";
import { tunnelOf, turned } from "../lab/nic.ts";
import { onSharedMemory } from "../lab/shared-memory.ts";
import { type CountingPoint, type Drop, FOREIGN, OVER_LIMIT } from "../measure/ledger.ts";
import {
  type Context,
  drop,
  interfaceDifference,
  interfaceName,
  isCounted,
  type PortCounters,
  portDifference,
  portOf,
} from "./counter-differences.ts";
import { receiverFigures } from "./figures.ts";
import { withLostBetween } from "./lost-between.ts";
import { overLimitDrop } from "./over-limit-drop.ts";
import type { Sample } from "./sample.ts";
import { overTunnel } from "./tunnel-points.ts";

/**
 * The places that the packets of a chain pass, from the generator's port to the last NF, with what was counted there between two samples. Each place
 * names its counter, so that a person can look it up.
 */
export function countingPoints(
  lab: Lab,
  chain: string,
  direction: Direction,
  before: Sample,
  after: Sample,
): readonly CountingPoint[] {
  const hops = hopsOf(lab, chain, direction);
  const context = { lab, before, after };
  const points = hops.flatMap((hop, position) => pointsOfHop(context, hop, position === 0));
  const path = lab.chains.find(({ name }) => name === chain)?.path ?? [];
  const [alone] = path;
  if (hops.length === 0 && alone !== undefined) return taken(context, alone);
  const last = hops.at(-1)?.to;
  return last === undefined ? points : [...points, ...delivered(context, last, direction)];
}

function pointsOfHop(context: Context, hop: LabHop, first: boolean): readonly CountingPoint[] {
  const sent = portSent(context, hop, first);
  const points = [...sent, ...carried(context, hop), ...portReceived(context, hop.to, hop)];
  const { between, datapath, nics } = hop;
  // What a tunnel loses is told where it is counted.
  if (between === undefined || tunnelOf(hop) !== undefined) return points;
  // The sender's interface; or in at its port of the switch, and out at the card's.
  const carriedThere = datapath === "overlay" ? 1 : nics?.out?.attach === "switch" ? 2 : 0;
  return withLostBetween(points, sent.length + carriedThere - 1, between);
}

/** What the null driver took from an NF that is alone. */
function taken(context: Context, nf: string): readonly CountingPoint[] {
  const packets = portDifference(context, nf, 0).txPackets;
  return [{ at: `${nf} port 0 tx`, counter: `NF ${nf} ports[0].txPackets`, packets, drops: [] }];
}

/** `reverse`: from the last NF of a chain to the first, where traffic goes both ways. */
export type Direction = "forward" | "reverse";

function hopsOf(lab: Lab, chain: string, direction: Direction): readonly LabHop[] {
  const hops = lab.hops.filter((hop) => hop.chain === chain);
  if (direction === "forward") return hops;
  return hops.toReversed().map(turned);
}

/** Packets that an NF's port accepted; what a forwarder could not get rid of was dropped on the way to it. */
function portSent(context: Context, hop: LabHop, generator: boolean): readonly CountingPoint[] {
  if (!isCounted(context, hop.from)) return [];
  const { nf, port } = hop.from;
  const difference = portDifference(context, nf, port);
  // A generator's refused packets are no loss of the chain: it sends them again, or the trial counts them as not sent.
  const drops = generator
    ? []
    : [
        ...droppedOnPurpose(context, hop.from),
        drop(fullRing(hop), `NF ${nf} ports[${port}].txUnsent`, difference.txUnsent),
      ];
  const copies = generator ? 0 : appDifference(context, hop.from, "duplicated");
  const counter = `NF ${nf} ports[${port}].txPackets`;
  return [
    { at: `${nf} port ${port} tx`, counter, packets: difference.txPackets, drops, ...(copies > 0 && { copies }) },
  ];
}

/** Over a memif it is the next NF that does not empty it; over others something in between. */
function fullRing({ datapath, to }: LabHop): string {
  return datapath === "memif" ? `the ring of ${to.nf} was full` : "the next ring was full";
}

/** What an NF in the middle drops because it was told to, of what was to leave by this port: so each chain and each direction has its own. */
function droppedOnPurpose(context: Context, end: PortRef): readonly Drop[] {
  const { nf, port } = end;
  const counted = (counter: string): readonly [string, number] => [
    `NF ${nf} ports[${port}].app.${counter}`,
    appDifference(context, end, counter),
  ];
  const app = context.after.nfs.get(nf)?.app;
  if (app === undefined || !("waiting" in app)) return [drop("a rule of the forwarder said so", ...counted("dropped"))];
  return [
    drop("the bad line lost it on purpose", ...counted("lost")),
    drop("the bad line had no room for it to wait", ...counted("overflowed")),
  ];
}

/** What an NF's app has counted at a port in the trial; 0 if it counts no such thing. */
function appDifference({ before, after }: Context, { nf, port }: PortRef, counter: string): number {
  const counted = (sample: Sample): number => {
    const at = sample.nfs.get(nf)?.ports[port];
    const app: Readonly<Record<string, unknown>> | undefined = at !== undefined && "app" in at ? at.app : undefined;
    const value = app?.[counter];
    return typeof value === "number" ? value : 0;
  };
  return counted(after) - counted(before);
}

/** Packets that an NF's worker took from a port, with what the kernel's socket ring had no room for. */
function portReceived(context: Context, end: PortRef, hop: LabHop): readonly CountingPoint[] {
  if (!isCounted(context, end)) return [];
  const { nf, port } = end;
  const difference = portDifference(context, nf, port);
  return [
    {
      at: `${nf} port ${port} rx`,
      counter: `NF ${nf} ports[${port}].rxPackets`,
      packets: difference.rxPackets,
      drops: [
        ...socketDrops(context, end, hop, difference),
        ...(difference.rxMissed === undefined
          ? []
          : [drop("the card's ring was full", `NF ${nf} ports[${port}].rxMissed`, difference.rxMissed)]),
        drop("the NF had no free buffer", `NF ${nf} ports[${port}].rxNoMbuf`, difference.rxNoMbuf),
      ],
    },
  ];
}

/** Packets that came to the NF's interface and found no room in its socket. */
function socketDrops(
  context: Context,
  end: PortRef,
  hop: LabHop,
  { kernel }: Pick<PortCounters, "kernel">,
): readonly Drop[] {
  if (kernel === undefined && onSharedMemory(hop)) return [];
  if (portOf(context, end)?.driver === "af-xdp") {
    const counter = `${interfaceName(context, end)} rx_dropped in ${end.nf}`;
    return [drop("the AF_XDP socket's ring was full", counter, kernel?.rxDropped ?? 0)];
  }
  return [drop("the packet socket's ring was full", `NF ${end.nf} PACKET_STATISTICS`, kernel?.ringDropped ?? 0)];
}

/** What carries packets between two ports: over a memif nothing does, what one NF puts into the ring the other takes out. */
function carried(context: Context, hop: LabHop): readonly CountingPoint[] {
  const tunnel = tunnelOf(hop);
  switch (hop.datapath) {
    case "memif":
      return [];
    case "vhost-user":
      return tunnel !== undefined
        ? overTunnel(context, hop, tunnel)
        : overSwitch(context, hop.from, hop.to, `the ring of ${hop.to.nf} was full`, hop.limit);
    case "nic":
      return overNics(context, hop);
    case "af-xdp":
    case "ovs-veth":
      return overWires(context, hop);
    default:
      return overKernel(context, hop);
  }
}

/** In by one port of the switch and out by another: of an NF, or on a network card. */
function overSwitch(
  { lab, before, after }: Context,
  entry: PortRef | LabNic,
  exit: PortRef | LabNic,
  fullReason: string,
  limit?: LabHop["limit"],
): readonly CountingPoint[] {
  const port = (end: PortRef | LabNic): SwitchPort | undefined =>
    lab.switch?.ports.find((candidate) =>
      "pci" in end
        ? candidate.nic?.name === end.name
        : candidate.nic === undefined && candidate.nf === end.nf && candidate.port === end.port,
    );
  const difference = (
    number: number | undefined,
    field: "rxPackets" | "rxDropped" | "txPackets" | "txDropped",
  ): number => {
    const then = before.switchPorts.get(number ?? 0)?.[field] ?? 0;
    return (after.switchPorts.get(number ?? 0)?.[field] ?? 0) - then;
  };
  const [from, to] = [port(entry), port(exit)];
  const missed = "pci" in entry ? `the ring of card ${entry.name} was full` : "OVS dropped it on receipt";
  const limited = overLimitDrop({ lab, before, after }, limit, from, to);
  const refused = difference(from?.ofport, "rxDropped");
  const full = difference(to?.ofport, "txDropped") - (limit?.at === "egress" ? limited.packets : 0);
  return [
    {
      at: `switch port ${from?.name} rx`,
      counter: `OpenFlow port ${from?.ofport} rx_packets`,
      packets: difference(from?.ofport, "rxPackets"),
      // What a policer drops the port has counted as received.
      drops: limit?.at === "ingress" ? [] : [drop(missed, `OpenFlow port ${from?.ofport} rx_dropped`, refused)],
    },
    {
      at: `switch port ${to?.name} tx`,
      counter: `OpenFlow port ${to?.ofport} tx_packets`,
      packets: difference(to?.ofport, "txPackets"),
      drops: [
        ...(limit === undefined ? [] : [limited]),
        drop(fullReason, `OpenFlow port ${to?.ofport} tx_dropped`, full),
      ],
    },
  ];
}

/** Out by one network card and in by another, each on the switch or in the NF itself, whose own ports count then. What is lost on the cable nobody counts. */
function overNics(context: Context, hop: LabHop): readonly CountingPoint[] {
  const { out, in: into } = hop.nics ?? {};
  const [leaves, enters] = out?.interface !== undefined && out.attach === "nf" ? overKernel(context, hop) : [];
  return [
    ...(out?.attach === "switch" ? overSwitch(context, hop.from, out, `the queue of card ${out.name} was full`) : []),
    ...(leaves === undefined ? [] : [leaves]),
    ...(enters === undefined ? [] : [enters]),
    ...(into?.attach === "switch" ? overSwitch(context, into, hop.to, `the ring of ${hop.to.nf} was full`) : []),
  ];
}

function overKernel(context: Context, hop: LabHop): readonly CountingPoint[] {
  const sender = interfaceDifference(context, hop.from);
  const receiver = interfaceDifference(context, hop.to);
  const [from, to] = [interfaceName(context, hop.from), interfaceName(context, hop.to)];
  return [
    {
      at: `${hop.from.nf} ${from} tx`,
      counter: `${from} tx_packets in ${hop.from.nf}`,
      packets: sender?.txPackets ?? 0,
      drops: [
        ...shapedDrop(context, hop, from),
        drop("the receiving side's backlog was full", `${from} tx_dropped in ${hop.from.nf}`, sender?.txDropped ?? 0),
        drop("the kernel refused to send", `${from} tx_errors in ${hop.from.nf}`, sender?.txErrors ?? 0),
      ],
    },
    ...bridgePoints(context, hop),
    {
      at: `${hop.to.nf} ${to} rx`,
      counter: `${to} rx_packets in ${hop.to.nf}`,
      packets: receiver?.rxPackets ?? 0,
      drops: [],
    },
  ];
}

/**
 * Over a veth pair into the switch, through it, and over another one out of it. What the kernel counts as received there includes what found no room in
 * OVS's socket: so that is told behind it.
 */
function overWires(context: Context, hop: LabHop): readonly CountingPoint[] {
  const [sender, receiver] = overKernel(context, hop);
  const [taken, given] = overSwitch(context, hop.from, hop.to, `the ring of ${hop.to.nf} was full`, hop.limit);
  if (sender === undefined || receiver === undefined || taken === undefined || given === undefined) return [];
  const known = [...taken.drops, ...given.drops];
  const missing = taken.packets - given.packets - known.reduce((sum, { packets }) => sum + packets, 0);
  const missed =
    hop.datapath === "ovs-veth"
      ? [
          drop(
            "OVS's packet socket was full, which it does not count",
            `${taken.counter} less ${given.counter}`,
            missing,
          ),
        ]
      : [];
  return [sender, { ...taken, drops: [] }, { ...given, drops: [...known, ...missed] }, receiver];
}

/** What found the queue in front of the sender's interface full. */
function shapedDrop({ before, after }: Context, hop: LabHop, name: string): readonly Drop[] {
  if (!isShaped(hop)) return [];
  const key = `${hop.from.nf}/${hop.from.port}`;
  const packets = (after.overLimit?.shaped.get(key) ?? 0) - (before.overLimit?.shaped.get(key) ?? 0);
  return [drop(`egress-policed, ${OVER_LIMIT}`, `tbf of ${name} drops in ${hop.from.nf}`, packets)];
}

/** The bridge's ends of the two veth pairs. */
function bridgePoints({ before, after }: Context, hop: LabHop): readonly CountingPoint[] {
  const [fromKey, toKey] = [`${hop.from.nf}/${hop.from.port}`, `${hop.to.nf}/${hop.to.port}`];
  const [from, to] = [after.peers.get(fromKey), after.peers.get(toKey)];
  if (from === undefined || to === undefined) return [];
  const [fromThen, toThen] = [before.peers.get(fromKey), before.peers.get(toKey)];
  return [
    {
      at: `bridge port of ${hop.from.nf} rx`,
      counter: `${from.name} rx_packets`,
      packets: from.rxPackets - (fromThen?.rxPackets ?? 0),
      drops: [],
    },
    {
      at: `bridge port of ${hop.to.nf} tx`,
      counter: `${to.name} tx_packets`,
      packets: to.txPackets - (toThen?.txPackets ?? 0),
      drops: [
        drop("the receiving side's backlog was full", `${to.name} tx_dropped`, to.txDropped - (toThen?.txDropped ?? 0)),
      ],
    },
  ];
}

/** What the last NF made of the packets that it took: those of this trial, and others that happened to come. */
function delivered({ before, after }: Context, end: PortRef, direction: Direction): readonly CountingPoint[] {
  const { nf, port } = end;
  const now = receiverFigures(after, end, direction);
  const then = receiverFigures(before, end, direction);
  if (now === undefined || then === undefined) return [];
  const app = direction === "reverse" ? "reverse" : port === 0 ? "app" : `ports[${port}].app`;
  return [
    {
      at: `${nf} counted`,
      counter: `NF ${nf} ${app}.received`,
      packets: now.received - then.received,
      drops: [
        drop(FOREIGN, `NF ${nf} ${app}.foreign`, now.foreign - then.foreign),
        drop("belonged to another trial", `NF ${nf} ${app}.stale`, now.stale - then.stale),
      ],
    },
  ];
}
