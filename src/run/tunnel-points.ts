import type { LabHop, PortRef, SwitchPort, TunnelBetween } from "../lab/lab.ts";
import type { CountingPoint } from "../measure/ledger.ts";
import { type Context, drop } from "./counter-differences.ts";
import { overLimitDrop } from "./over-limit-drop.ts";

/**
 * Into the switch of one host, by a tunnel to that of the other, and out of it. What is lost between is what came in less what went out: OVS counts a tunnel's packets when it next
 * looks through its flows, up to half a second later, and those that it sends twice (3.1.0), so its counters of tunnels say nothing of a trial.
 */
export function overTunnel(context: Context, hop: LabHop, { out, in: into }: TunnelBetween): readonly CountingPoint[] {
  const { lab, before, after } = context;
  const portAt = (end: PortRef): SwitchPort | undefined =>
    lab.switch?.ports.find(({ nf, port }) => nf === end.nf && port === end.port);
  const [from, to] = [portAt(hop.from), portAt(hop.to)];
  const grown = (port: SwitchPort | undefined, field: "rxPackets" | "rxDropped" | "txPackets" | "txDropped"): number =>
    (after.switchPorts.get(port?.ofport ?? 0)?.[field] ?? 0) -
    (before.switchPorts.get(port?.ofport ?? 0)?.[field] ?? 0);
  const { limit } = hop;
  const limited = limit === undefined ? [] : [overLimitDrop(context, limit, from, to)];
  const policed = limit?.at === "egress" ? (limited[0]?.packets ?? 0) : 0;
  const entry = `OpenFlow port ${from?.ofport} rx_packets on host ${out.host}`;
  const exit = `OpenFlow port ${to?.ofport} tx_packets on host ${into.host}`;
  const counted = [
    ...limited,
    drop(
      `the ring of ${hop.to.nf} was full`,
      `OpenFlow port ${to?.ofport} tx_dropped on host ${into.host}`,
      grown(to, "txDropped") - policed,
    ),
  ];
  const known = counted.reduce((sum, { packets }) => sum + packets, 0);
  const lost = grown(from, "rxPackets") - grown(to, "txPackets") - known;
  return [
    {
      at: `switch port ${from?.name} rx`,
      counter: entry,
      packets: grown(from, "rxPackets"),
      // What a policer drops the port has counted as received.
      drops:
        limit?.at === "ingress"
          ? []
          : [
              drop(
                "OVS dropped it on receipt",
                `OpenFlow port ${from?.ofport} rx_dropped on host ${out.host}`,
                grown(from, "rxDropped"),
              ),
            ],
    },
    {
      at: `switch port ${to?.name} tx`,
      counter: exit,
      packets: grown(to, "txPackets"),
      drops: [...counted, drop(`lost between hosts ${out.host} and ${into.host}`, `${entry} less ${exit}`, lost)],
    },
  ];
}
