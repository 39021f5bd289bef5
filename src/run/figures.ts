import type { PortRef } from "../lab/lab.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { Direction } from "./counting-points.ts";
import type { Sample } from "./sample.ts";

/** What a generator tells of a trial. */
export type SenderFigures = NfStats<"pktgen">["app"];
/** What a receiver tells of a trial. */
export type ReceiverFigures = NfStats<"stats">["app"];

/** What the NF that sends in this direction says; undefined if it is none of corebed's. */
export function senderFigures(
  { nfs }: Pick<Sample, "nfs">,
  nf: string,
  direction: Direction,
): SenderFigures | undefined {
  const stats = nfs.get(nf);
  const app = direction === "forward" ? stats?.app : reverseOf(stats);
  return app !== undefined && "sent" in app ? app : undefined;
}

/** What the NF that receives in this direction says of what came by a port; undefined if it is none of corebed's. */
export function receiverFigures(
  { nfs }: Pick<Sample, "nfs">,
  { nf, port }: PortRef,
  direction: Direction,
): ReceiverFigures | undefined {
  const stats = nfs.get(nf);
  if (direction === "forward") return stats === undefined ? undefined : receiverFiguresAt(stats, port);
  const app = reverseOf(stats);
  return app !== undefined && "received" in app ? app : undefined;
}

/** A receiver's figures of one port; undefined for other NFs. The first port's are those of the whole, where all are that has but one. */
export function receiverFiguresAt(stats: NfStats, port: number): ReceiverFigures | undefined {
  const at = stats.ports[port];
  const app = port === 0 ? stats.app : at !== undefined && "app" in at ? at.app : undefined;
  return app !== undefined && "received" in app ? app : undefined;
}

function reverseOf(stats: NfStats | undefined): SenderFigures | ReceiverFigures | undefined {
  return stats !== undefined && "reverse" in stats ? stats.reverse : undefined;
}
