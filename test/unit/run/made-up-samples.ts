import type { Lab, LabHop, PortRef } from "../../../src/lab/lab.ts";
import { onSharedMemory } from "../../../src/lab/shared-memory.ts";
import type { NfStats } from "../../../src/rpc/nf-control/messages.ts";
import type { PortStats } from "../../../src/rpc/openflow/stats.ts";
import type { PeerCounters } from "../../../src/run/peer-counters.ts";
import type { Sample } from "../../../src/run/sample.ts";
import { onWire } from "../../../src/topology/datapaths.ts";

/** Packets lost at one hop, by the counter that says so. `uncounted` is what no counter says. */
export interface HopLoss {
  readonly unsent?: number;
  /** Dropped by a rule of the NF that the hop begins at. */
  readonly ruled?: number;
  readonly switchRx?: number;
  readonly switchTx?: number;
  readonly ring?: number;
  readonly noMbuf?: number;
  readonly veth?: number;
  readonly uncounted?: number;
  /** On the way from one host to the other. */
  readonly tunnel?: number;
}

type Counters = Record<string, number>;

/**
 * Counters of a lab in which `sent` packets of one chain passed every hop with these losses. All of them start at `base`, as they do on a lab that has
 * carried traffic before.
 */
export function samplesOf(
  lab: Lab,
  chain: string,
  traffic: {
    readonly sent: number;
    readonly losses?: readonly HopLoss[];
    readonly foreign?: number;
    readonly stale?: number;
  },
  base = 1_000,
): { readonly before: Sample; readonly after: Sample; readonly received: number } {
  const ports = new Map<string, Counters>();
  const kernel = new Map<string, Counters>();
  const switchPorts = new Map<number, Counters>();
  const peers = new Map<string, Counters>();
  const at = <Key>(map: Map<Key, Counters>, key: Key, values: Counters): void => {
    map.set(key, { ...map.get(key), ...values });
  };
  const key = ({ nf, port }: PortRef): string => `${nf}/${port}`;
  const ofport = (end: PortRef): number =>
    lab.switch?.ports.find((port) => port.nf === end.nf && port.port === end.port)?.ofport ?? 0;

  let packets = traffic.sent;
  for (const hop of lab.hops.filter((one) => one.chain === chain)) {
    const loss = traffic.losses?.[hop.index] ?? {};
    const take = (lost = 0): number => {
      packets -= lost;
      return packets;
    };
    take(loss.ruled);
    at(ports, key(hop.from), { dropped: loss.ruled ?? 0, txUnsent: loss.unsent ?? 0, txPackets: take(loss.unsent) });
    if (hop.datapath === "vhost-user") {
      at(switchPorts, ofport(hop.from), { rxDropped: loss.switchRx ?? 0, rxPackets: take(loss.switchRx) });
      take(loss.tunnel);
      at(switchPorts, ofport(hop.to), { txDropped: loss.switchTx ?? 0, txPackets: take(loss.switchTx) });
    } else if (onWire(hop.datapath)) {
      at(kernel, key(hop.from), { txPackets: packets });
      // What the switch's socket has no room for is counted as received before it is counted as dropped; packet sockets do not count it at all.
      const counted = hop.datapath === "af-xdp" ? (loss.switchRx ?? 0) : 0;
      at(switchPorts, ofport(hop.from), { rxPackets: packets, rxDropped: counted });
      take(loss.switchRx);
      at(switchPorts, ofport(hop.to), { txDropped: loss.switchTx ?? 0, txPackets: take(loss.switchTx) });
      at(kernel, key(hop.to), { rxPackets: packets, rxDropped: hop.datapath === "af-xdp" ? (loss.ring ?? 0) : 0 });
      at(kernel, key(hop.to), { ringDropped: hop.datapath === "af-xdp" ? 0 : (loss.ring ?? 0) });
    } else if (hop.datapath !== "memif") {
      at(kernel, key(hop.from), { txPackets: packets });
      throughBridge(hop, take(loss.veth), loss);
      take(loss.tunnel);
      at(kernel, key(hop.to), { rxPackets: packets, ringDropped: loss.ring ?? 0 });
    }
    take(loss.uncounted);
    const lostInNf = (loss.noMbuf ?? 0) + (onSharedMemory(hop) ? 0 : (loss.ring ?? 0));
    at(ports, key(hop.to), { rxNoMbuf: loss.noMbuf ?? 0, rxPackets: take(lostInNf) });
  }

  function throughBridge(hop: LabHop, arriving: number, loss: HopLoss): void {
    if (hop.datapath === "docker-bridge") {
      at(peers, key(hop.from), { rxPackets: arriving + (loss.veth ?? 0) });
      at(peers, key(hop.to), { txPackets: arriving, txDropped: loss.veth ?? 0 });
    } else {
      at(kernel, key(hop.from), { txPackets: arriving, txDropped: loss.veth ?? 0 });
    }
  }

  const received = packets - (traffic.foreign ?? 0) - (traffic.stale ?? 0);
  const last = lab.hops.findLast((one) => one.chain === chain)?.to;
  const app: Counters = { received, foreign: traffic.foreign ?? 0, stale: traffic.stale ?? 0 };

  const sample = (counted: boolean): Sample => {
    const value = (counters: Counters | undefined, name: string): number =>
      base + (counted ? (counters?.[name] ?? 0) : 0);
    const totals = (counters: Counters) =>
      Object.fromEntries(["received", "foreign", "stale"].map((name) => [name, base + (counters[name] ?? 0)]));
    const nfs = lab.nfs.map((nf): readonly [string, NfStats] => {
      const stats = {
        app:
          nf.name === last?.nf && last.port === 0
            ? { received: value(app, "received"), foreign: value(app, "foreign"), stale: value(app, "stale") }
            : nf.app === "stats"
              ? { received: base, foreign: base, stale: base }
              : { forwarded: 0 },
        ports: nf.ports.map(({ index, datapath }) => {
          const own = ports.get(`${nf.name}/${index}`);
          const ofKernel = kernel.get(`${nf.name}/${index}`);
          const names = ["rxPackets", "rxDropped", "rxErrors", "txPackets", "txDropped", "txErrors", "ringDropped"];
          return {
            index,
            ...Object.fromEntries(
              ["rxPackets", "rxBytes", "txPackets", "txBytes", "txUnsent", "rxNoMbuf"].map((name) => [
                name,
                value(own, name),
              ]),
            ),
            // What a receiver tells of its first port is what it tells of the whole.
            ...(nf.app === "stats" &&
              index > 0 && {
                app: counted && key(last ?? { nf: "", port: 0 }) === `${nf.name}/${index}` ? totals(app) : totals({}),
              }),
            ...(nf.app === "l2fwd" && { app: { dropped: value(own, "dropped") } }),
            ...(onSharedMemory({ datapath })
              ? {}
              : { kernel: Object.fromEntries(names.map((name) => [name, value(ofKernel, name)])) }),
          };
        }),
      };
      return [nf.name, stats as unknown as NfStats];
    });
    const ofSwitch = (lab.switch?.ports ?? []).map((port): readonly [number, PortStats] => {
      const own = switchPorts.get(port.ofport);
      const names = ["rxPackets", "rxDropped", "txPackets", "txDropped"];
      return [port.ofport, Object.fromEntries(names.map((name) => [name, value(own, name)])) as unknown as PortStats];
    });
    const ofPeers = [...peers].map(([id, own]): readonly [string, PeerCounters] => {
      const names = ["rxPackets", "rxDropped", "txPackets", "txDropped"];
      const counters = Object.fromEntries(names.map((name) => [name, value(own, name)]));
      return [id, { name: `veth-${id.replace("/", "-")}`, ...counters } as unknown as PeerCounters];
    });
    return {
      nfs: new Map(nfs),
      switchPorts: new Map(ofSwitch),
      pmds: [],
      peers: new Map(ofPeers),
      cpus: new Map(),
      threads: new Map(),
      bridgeFilter: false,
      interfaces: new Map(),
      interrupts: new Map(),
      frequencies: new Map(),
      placement: new Map(),
      txRetries: new Map(),
      takenAtMs: 0,
    };
  };
  return { before: sample(false), after: sample(true), received };
}
