import type { Lab, PortRef } from "../lab/lab.ts";
import type { HopLimit } from "../measure/hop-limit.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import type { Direction } from "./counting-points.ts";
import { receiverFigures } from "./figures.ts";
import type { Sample } from "./sample.ts";

/** Asked and achieved of every limited hop of a chain; limits hold in the chain's own direction. `durationNs` is the sending interval. */
export function hopLimits(
  lab: Lab,
  chain: string,
  direction: Direction,
  before: Sample,
  after: Sample,
  durationNs: number,
): readonly HopLimit[] {
  if (direction === "reverse") return [];
  const hops = lab.hops.filter((hop) => hop.chain === chain);
  const last = hops.at(-1)?.to ?? { nf: "", port: 0 };
  const passedNs = Math.max(durationNs, receivingNs(after, last) ?? 0);
  return hops.flatMap((hop): readonly HopLimit[] => {
    if (hop.limit === undefined) return [];
    const bits = (end: PortRef, field: "tx" | "rx"): number => 8 * portBytes(lab, end, field, before, after);
    return [
      {
        from: hop.from.nf,
        to: hop.to.nf,
        at: hop.limit.at,
        askedBps: hop.limit.rateBps,
        offeredBps: rate(bits(hop.from, "tx"), durationNs),
        achievedBps: rate(bits(hop.to, "rx"), passedNs),
      },
    ];
  });
}

function rate(bits: number, ns: number): number {
  return ns > 0 ? (bits * 1e9) / ns : 0;
}

/** From the first packet to the last; undefined where the receiver is none of corebed's or got less than two. */
function receivingNs(after: Sample, end: PortRef): number | undefined {
  const figures = receiverFigures(after, end, "forward");
  const tscHz = after.nfs.get(end.nf)?.tscHz;
  if (figures === undefined || tscHz === undefined || figures.lastTsc <= figures.firstTsc) return undefined;
  return ((figures.lastTsc - figures.firstTsc) * 1e9) / tscHz;
}

/** Bytes with FCS that an NF's port sent or took: as the NF counts them, or from the packets of the switch's port or the interface. */
function portBytes(lab: Lab, end: PortRef, field: "tx" | "rx", before: Sample, after: Sample): number {
  const [then, now] = [before.nfs.get(end.nf)?.ports[end.port], after.nfs.get(end.nf)?.ports[end.port]];
  if (now !== undefined) return now[`${field}Bytes`] - (then?.[`${field}Bytes`] ?? 0);
  return foreignPackets(lab, end, field, before, after) * meanFrameBytes(lab.traffic.frames);
}

/** What goes out of the NF comes in at the switch's port. */
function foreignPackets(lab: Lab, end: PortRef, field: "tx" | "rx", before: Sample, after: Sample): number {
  const ofport = lab.switch?.ports.find(({ nf, port }) => nf === end.nf && port === end.port)?.ofport;
  if (ofport !== undefined) {
    const counter = field === "tx" ? "rxPackets" : "txPackets";
    return (after.switchPorts.get(ofport)?.[counter] ?? 0) - (before.switchPorts.get(ofport)?.[counter] ?? 0);
  }
  const key = `${end.nf}/${end.port}`;
  return (after.interfaces.get(key)?.[`${field}Packets`] ?? 0) - (before.interfaces.get(key)?.[`${field}Packets`] ?? 0);
}
