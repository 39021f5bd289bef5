import { controlledApp, type Lab, type LabHop, type LabNic, type PortRef, type SwitchPort } from "../lab/lab.ts";
import { onSharedMemory } from "../lab/shared-memory.ts";
import { type CountingPoint, type Drop, FOREIGN, OVER_LIMIT } from "../measure/ledger.ts";
import { onWire } from "../topology/datapaths.ts";
import type { Passing } from "./passing.ts";
import type { Route } from "./stations.ts";

/**
 * The places where the packets of a route are counted, with the names, counters and reasons of a real lab (src/run/counting-points.ts), and what the model
 * counts there. An NF that is none of corebed's counts nothing: what it drops is told at the next place that does.
 */
export function pointsOf(lab: Lab, route: Route, passings: readonly Passing[], sent: number): readonly CountingPoint[] {
  const [alone] = route.chain.path;
  if (route.hops.length === 0) {
    return [{ at: `${alone} port 0 tx`, counter: `NF ${alone} ports[0].txPackets`, packets: sent, drops: [] }];
  }
  const points: CountingPoint[] = [];
  let packets = sent;
  let untold: readonly Drop[] = [];
  const count = (at: string, counter: string, drops: readonly Drop[], counted = true): void => {
    packets -= drops.reduce((sum, drop) => sum + drop.packets, 0);
    if (counted) points.push({ at, counter, packets, drops: [...untold.filter((drop) => drop.packets > 0), ...drops] });
    untold = counted ? [] : [...untold, ...drops];
  };
  const at = (hop: number, isSwitch: boolean): Passing | undefined =>
    passings.find(
      ({ rate: { station } }) =>
        station.hop === hop && station.kind !== "generator" && (station.kind === "switch") === isSwitch,
    );

  for (const [index, { from, to, datapath }] of route.hops.entries()) {
    const sends = `NF ${from.nf} ports[${from.port}]`;
    const refused = [
      drop("a rule of the forwarder said so", `${sends}.app.dropped`, at(index - 1, false)?.ruled),
      drop(
        datapath === "memif" ? `the ring of ${to.nf} was full` : "the next ring was full",
        `${sends}.txUnsent`,
        onWire(datapath) ? 0 : at(index, datapath !== "memif")?.overflowed,
      ),
    ];
    count(`${from.nf} port ${from.port} tx`, `${sends}.txPackets`, index === 0 ? [] : refused, isCounted(lab, from));
    const lost = at(index, false)?.overflowed ?? 0;
    const hop = route.hops[index];
    if (hop === undefined) continue;
    const over = overLimit(lab, hop, at(index, false)?.overLimit);
    if (datapath === "vhost-user") countOverSwitch(lab, hop, lost, over, count);
    else if (onWire(datapath)) countOverWires(lab, hop, at(index, true)?.overflowed ?? 0, over, count);
    else if (datapath === "nic") countOverNics(lab, hop, lost, count);
    else if (datapath !== "memif") countOverKernel(lab, hop, over, count);
    const receives = `NF ${to.nf} ports[${to.port}]`;
    const inSocket = onSharedMemory(hop) ? [] : [socketDrop(lab, to, lost)];
    count(
      `${to.nf} port ${to.port} rx`,
      `${receives}.rxPackets`,
      [...inSocket, ...missedByCard(hop, receives, lost), drop("the NF had no free buffer", `${receives}.rxNoMbuf`)],
      isCounted(lab, to),
    );
  }
  countDelivered(lab, route, count);
  if (untold.length > 0) points.push({ at: "delivered", counter: "simulated", packets, drops: [...untold] });
  return points;
}

type Count = (at: string, counter: string, drops: readonly Drop[], counted?: boolean) => void;

/** What a limited hop drops, told where a real lab tells it; nothing where a hop has no limit. */
function overLimit(lab: Lab, { from, to, limit, datapath }: LabHop, packets = 0): readonly Drop[] {
  if (limit === undefined || datapath === "memif") return [];
  const [rx, tx] = [portOf(lab, from)?.ofport, portOf(lab, to)?.ofport];
  if (tx === undefined) {
    const counter = `tbf of ${interfaceOf(lab, from)} drops in ${from.nf}`;
    return [drop(`egress-policed, ${OVER_LIMIT}`, counter, packets)];
  }
  switch (limit.at) {
    case "ingress":
      return [drop(`ingress-policed, ${OVER_LIMIT}`, `OpenFlow port ${rx} rx_dropped`, packets)];
    case "meter":
      return [drop(`metered, ${OVER_LIMIT}`, `OpenFlow meter ${rx} packet_band_count`, packets)];
    case "egress":
      return [drop(`egress-policed, ${OVER_LIMIT}`, `OpenFlow port ${tx} ovs_tx_qos_drops`, packets)];
  }
}

function countOverSwitch(
  lab: Lab,
  { from, to, limit }: LabHop,
  lost: number,
  over: readonly Drop[],
  count: Count,
): void {
  const [rx, tx] = [portOf(lab, from), portOf(lab, to)];
  const refused = drop("OVS dropped it on receipt", `OpenFlow port ${rx?.ofport} rx_dropped`);
  count(
    `switch port ${rx?.name} rx`,
    `OpenFlow port ${rx?.ofport} rx_packets`,
    limit?.at === "ingress" ? [] : [refused],
  );
  count(`switch port ${tx?.name} tx`, `OpenFlow port ${tx?.ofport} tx_packets`, [
    ...over,
    drop(`the ring of ${to.nf} was full`, `OpenFlow port ${tx?.ofport} tx_dropped`, lost),
  ]);
}

function countOverNics(lab: Lab, { from, to, nics }: LabHop, lost: number, count: Count): void {
  const pass = (rx: SwitchPort | undefined, tx: SwitchPort | undefined, dropped: string, full: string, packets = 0) => {
    count(`switch port ${rx?.name} rx`, `OpenFlow port ${rx?.ofport} rx_packets`, [
      drop(dropped, `OpenFlow port ${rx?.ofport} rx_dropped`),
    ]);
    count(`switch port ${tx?.name} tx`, `OpenFlow port ${tx?.ofport} tx_packets`, [
      drop(full, `OpenFlow port ${tx?.ofport} tx_dropped`, packets),
    ]);
  };
  const cardPort = ({ name }: LabNic) => lab.switch?.ports.find(({ nic }) => nic?.name === name);
  if (nics?.out?.attach === "switch") {
    const { out } = nics;
    pass(portOf(lab, from), cardPort(out), "OVS dropped it on receipt", `the queue of card ${out.name} was full`);
  }
  if (nics?.in?.attach === "switch") {
    const into = nics.in;
    pass(
      cardPort(into),
      portOf(lab, to),
      `the ring of card ${into.name} was full`,
      `the ring of ${to.nf} was full`,
      lost,
    );
  }
}

/** An NF that drives its card itself finds out from the card what it came too late for. */
function missedByCard({ datapath, nics }: LabHop, receives: string, lost: number): readonly Drop[] {
  if (datapath !== "nic" || nics?.in?.attach !== "nf") return [];
  return [drop("the card's ring was full", `${receives}.rxMissed`, lost)];
}

function countOverKernel(lab: Lab, { from, to, datapath }: LabHop, over: readonly Drop[], count: Count): void {
  const [sender, receiver] = [interfaceOf(lab, from), interfaceOf(lab, to)];
  const backlog = "the receiving side's backlog was full";
  count(`${from.nf} ${sender} tx`, `${sender} tx_packets in ${from.nf}`, [
    ...over,
    drop(backlog, `${sender} tx_dropped in ${from.nf}`),
    drop("the kernel refused to send", `${sender} tx_errors in ${from.nf}`),
  ]);
  if (datapath === "docker-bridge") {
    count(`bridge port of ${from.nf} rx`, `veth of ${from.nf} rx_packets`, []);
    count(`bridge port of ${to.nf} tx`, `veth of ${to.nf} tx_packets`, [drop(backlog, `veth of ${to.nf} tx_dropped`)]);
  }
  count(`${to.nf} ${receiver} rx`, `${receiver} rx_packets in ${to.nf}`, []);
}

/** A veth pair, the switch, a veth pair: what finds no room in OVS's socket is counted as received first. */
function countOverWires(
  lab: Lab,
  { from, to, datapath }: LabHop,
  missed: number,
  over: readonly Drop[],
  count: Count,
): void {
  const [rx, tx] = [portOf(lab, from), portOf(lab, to)];
  const [sender, receiver] = [interfaceOf(lab, from), interfaceOf(lab, to)];
  count(`${from.nf} ${sender} tx`, `${sender} tx_packets in ${from.nf}`, []);
  count(`switch port ${rx?.name} rx`, `OpenFlow port ${rx?.ofport} rx_packets`, []);
  count(`switch port ${tx?.name} tx`, `OpenFlow port ${tx?.ofport} tx_packets`, [
    ...over,
    drop("OVS dropped it on receipt", `OpenFlow port ${rx?.ofport} rx_dropped`, datapath === "af-xdp" ? missed : 0),
    drop(`the ring of ${to.nf} was full`, `OpenFlow port ${tx?.ofport} tx_dropped`),
    ...(datapath === "ovs-veth"
      ? [
          drop(
            "OVS's packet socket was full, which it does not count",
            `OpenFlow port ${rx?.ofport} rx_packets less OpenFlow port ${tx?.ofport} tx_packets`,
            missed,
          ),
        ]
      : []),
  ]);
  count(`${to.nf} ${receiver} rx`, `${receiver} rx_packets in ${to.nf}`, []);
}

function socketDrop(lab: Lab, { nf, port }: PortRef, lost: number): Drop {
  const driver = lab.nfs.find(({ name }) => name === nf)?.ports[port]?.driver;
  return driver === "af-xdp"
    ? drop("the AF_XDP socket's ring was full", `${interfaceOf(lab, { nf, port })} rx_dropped in ${nf}`, lost)
    : drop("the packet socket's ring was full", `NF ${nf} PACKET_STATISTICS`, lost);
}

/** Frames of a capture carry no stamp to be told apart by, so there the last port is the last place. */
function countDelivered(lab: Lab, { hops, direction }: Route, count: Count): void {
  const last = hops.at(-1)?.to;
  const nf = lab.nfs.find(({ name }) => name === last?.nf);
  const isReceiver = nf?.app === "stats" || nf?.also === "stats";
  if (nf === undefined || !isReceiver || lab.traffic.pcap !== undefined) return;
  const at = direction === "reverse" ? "reverse" : last?.port === 0 ? "app" : `ports[${last?.port}].app`;
  const app = `NF ${nf.name} ${at}`;
  count(`${nf.name} counted`, `${app}.received`, [
    drop(FOREIGN, `${app}.foreign`),
    drop("belonged to another trial", `${app}.stale`),
  ]);
}

function isCounted(lab: Lab, { nf }: PortRef): boolean {
  const found = lab.nfs.find(({ name }) => name === nf);
  return found !== undefined && controlledApp(found) !== undefined;
}

/** The switch's port of an NF's port. */
export function portOf(lab: Lab, { nf, port }: PortRef): SwitchPort | undefined {
  return lab.switch?.ports.find((candidate) => candidate.nf === nf && candidate.port === port);
}

function interfaceOf(lab: Lab, { nf, port }: PortRef): string {
  return lab.nfs.find(({ name }) => name === nf)?.ports[port]?.interface ?? "interface";
}

function drop(reason: string, counter: string, packets = 0): Drop {
  return { reason, counter, packets };
}
