import type { Lab, LabHop, LabPort, PortRef, SwitchPort } from "../lab/lab.ts";
import { type CountingPoint, type Drop, FOREIGN } from "../measure/ledger.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { Sample } from "./sample.ts";

/**
 * The places that the packets of a chain pass, from the generator's port to the last NF, with what was counted there between two samples. Each place
 * names its counter, so that a person can look it up.
 */
export function countingPoints(lab: Lab, chain: string, before: Sample, after: Sample): readonly CountingPoint[] {
  const hops = lab.hops.filter((hop) => hop.chain === chain);
  const context = { lab, before, after };
  const points = hops.flatMap((hop) => [
    portSent(context, hop.from),
    ...carried(context, hop),
    portReceived(context, hop.to, hop),
  ]);
  const last = hops.at(-1)?.to;
  return last === undefined ? points : [...points, ...delivered(context, last)];
}

interface Context {
  readonly lab: Lab;
  readonly before: Sample;
  readonly after: Sample;
}

/** Packets that an NF's port accepted; what a forwarder could not get rid of was dropped on the way to it. */
function portSent(context: Context, { nf, port }: PortRef): CountingPoint {
  const difference = portDifference(context, nf, port);
  // A generator's refused packets are no loss of the chain: it sends them again, or the trial counts them as not sent.
  const generator = context.lab.nfs.find((candidate) => candidate.name === nf)?.app === "pktgen";
  return {
    at: `${nf} port ${port} tx`,
    counter: `NF ${nf} ports[${port}].txPackets`,
    packets: difference.txPackets,
    drops: generator ? [] : [drop("the next ring was full", `NF ${nf} ports[${port}].txUnsent`, difference.txUnsent)],
  };
}

/** Packets that an NF's worker took from a port, with what the kernel's socket ring had no room for. */
function portReceived(context: Context, { nf, port }: PortRef, hop: LabHop): CountingPoint {
  const difference = portDifference(context, nf, port);
  const ring = difference.kernel?.ringDropped ?? 0;
  return {
    at: `${nf} port ${port} rx`,
    counter: `NF ${nf} ports[${port}].rxPackets`,
    packets: difference.rxPackets,
    drops: [
      ...(hop.datapath === "vhost-user"
        ? []
        : [drop("the packet socket's ring was full", `NF ${nf} PACKET_STATISTICS`, ring)]),
      drop("the NF had no free buffer", `NF ${nf} ports[${port}].rxNoMbuf`, difference.rxNoMbuf),
    ],
  };
}

/** What carries packets between two ports. */
function carried(context: Context, hop: LabHop): readonly CountingPoint[] {
  return hop.datapath === "vhost-user" ? overSwitch(context, hop) : overKernel(context, hop);
}

function overSwitch({ lab, before, after }: Context, hop: LabHop): readonly CountingPoint[] {
  const port = (end: PortRef): SwitchPort | undefined =>
    lab.switch?.ports.find((candidate) => candidate.nf === end.nf && candidate.port === end.port);
  const difference = (
    number: number | undefined,
    field: "rxPackets" | "rxDropped" | "txPackets" | "txDropped",
  ): number => {
    const then = before.switchPorts.get(number ?? 0)?.[field] ?? 0;
    return (after.switchPorts.get(number ?? 0)?.[field] ?? 0) - then;
  };
  const from = port(hop.from);
  const to = port(hop.to);
  return [
    {
      at: `switch port ${from?.name} rx`,
      counter: `OpenFlow port ${from?.ofport} rx_packets`,
      packets: difference(from?.ofport, "rxPackets"),
      drops: [
        drop(
          "OVS dropped it on receipt",
          `OpenFlow port ${from?.ofport} rx_dropped`,
          difference(from?.ofport, "rxDropped"),
        ),
      ],
    },
    {
      at: `switch port ${to?.name} tx`,
      counter: `OpenFlow port ${to?.ofport} tx_packets`,
      packets: difference(to?.ofport, "txPackets"),
      drops: [
        drop(
          `the ring of ${hop.to.nf} was full`,
          `OpenFlow port ${to?.ofport} tx_dropped`,
          difference(to?.ofport, "txDropped"),
        ),
      ],
    },
  ];
}

function overKernel(context: Context, hop: LabHop): readonly CountingPoint[] {
  const sender = portDifference(context, hop.from.nf, hop.from.port).kernel;
  const receiver = portDifference(context, hop.to.nf, hop.to.port).kernel;
  const [from, to] = [interfaceName(context, hop.from), interfaceName(context, hop.to)];
  return [
    {
      at: `${hop.from.nf} ${from} tx`,
      counter: `${from} tx_packets in ${hop.from.nf}`,
      packets: sender?.txPackets ?? 0,
      drops: [
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
function delivered({ before, after }: Context, { nf }: PortRef): readonly CountingPoint[] {
  const now = after.nfs.get(nf);
  const then = before.nfs.get(nf);
  if (now === undefined || then === undefined || !("received" in now.app) || !("received" in then.app)) return [];
  return [
    {
      at: `${nf} counted`,
      counter: `NF ${nf} app.received`,
      packets: now.app.received - then.app.received,
      drops: [
        drop(FOREIGN, `NF ${nf} app.foreign`, now.app.foreign - then.app.foreign),
        drop("belonged to another trial", `NF ${nf} app.stale`, now.app.stale - then.app.stale),
      ],
    },
  ];
}

type PortCounters = NfStats["ports"][number];

function portDifference({ before, after }: Context, nf: string, port: number): Omit<PortCounters, "index"> {
  const now = after.nfs.get(nf)?.ports[port];
  const then = before.nfs.get(nf)?.ports[port];
  if (now === undefined || then === undefined) {
    return { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0, txUnsent: 0, rxNoMbuf: 0 };
  }
  return {
    rxPackets: now.rxPackets - then.rxPackets,
    rxBytes: now.rxBytes - then.rxBytes,
    txPackets: now.txPackets - then.txPackets,
    txBytes: now.txBytes - then.txBytes,
    txUnsent: now.txUnsent - then.txUnsent,
    rxNoMbuf: now.rxNoMbuf - then.rxNoMbuf,
    ...(now.kernel === undefined || then.kernel === undefined
      ? {}
      : { kernel: kernelDifference(now.kernel, then.kernel) }),
  };
}

function kernelDifference(now: NonNullable<PortCounters["kernel"]>, then: NonNullable<PortCounters["kernel"]>) {
  return {
    rxPackets: now.rxPackets - then.rxPackets,
    rxDropped: now.rxDropped - then.rxDropped,
    rxErrors: now.rxErrors - then.rxErrors,
    txPackets: now.txPackets - then.txPackets,
    txDropped: now.txDropped - then.txDropped,
    txErrors: now.txErrors - then.txErrors,
    ringDropped: now.ringDropped - then.ringDropped,
  };
}

function interfaceName({ lab }: Context, end: PortRef): string {
  const port: LabPort | undefined = lab.nfs.find((nf) => nf.name === end.nf)?.ports[end.port];
  return port?.interface ?? "interface";
}

function drop(reason: string, counter: string, packets: number): Drop {
  return { reason, counter, packets: Math.max(0, packets) };
}
