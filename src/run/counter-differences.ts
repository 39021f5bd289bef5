import type { Lab, LabPort, PortRef } from "../lab/lab.ts";
import type { Drop } from "../measure/ledger.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { Sample } from "./sample.ts";

/** A lab with the counters before and after a trial. */
export interface Context {
  readonly lab: Lab;
  readonly before: Sample;
  readonly after: Sample;
}

/** What an NF counts at a port. */
export type PortCounters = NfStats["ports"][number];

/** What an NF counted at a port between the two samples; nothing where it was away. */
export function portDifference(
  { before, after }: Context,
  nf: string,
  port: number,
): Omit<PortCounters, "index" | "app"> {
  const now = after.nfs.get(nf)?.ports[port];
  const then = before.nfs.get(nf)?.ports[port];
  if (now === undefined || then === undefined) {
    return { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0, txUnsent: 0, rxNoMbuf: 0 };
  }
  return {
    ...grown(["rxPackets", "rxBytes", "txPackets", "txBytes", "txUnsent", "rxNoMbuf"], now, then),
    ...(now.rxMissed === undefined || then.rxMissed === undefined ? {} : { rxMissed: now.rxMissed - then.rxMissed }),
    ...(now.kernel === undefined || then.kernel === undefined
      ? {}
      : { kernel: grown([...INTERFACE_COUNTERS, "rxErrors", "txErrors", "ringDropped"], now.kernel, then.kernel) }),
  };
}

const INTERFACE_COUNTERS = ["rxPackets", "rxDropped", "txPackets", "txDropped"] as const;

/** By how much each counter grew; one that was not there before began at 0. */
function grown<Key extends string>(
  keys: readonly Key[],
  now: Readonly<Record<Key, number>>,
  then: Readonly<Partial<Record<Key, number>>> | undefined,
): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, now[key] - (then?.[key] ?? 0)])) as Record<Key, number>;
}

/** What the kernel counted at the interface of a port: as the NF tells it, or read from outside where there is none that would. */
export function interfaceDifference(
  context: Context,
  end: PortRef,
): Partial<NonNullable<PortCounters["kernel"]>> | undefined {
  if (isCounted(context, end)) return portDifference(context, end.nf, end.port).kernel;
  const key = `${end.nf}/${end.port}`;
  const [then, now] = [context.before.interfaces.get(key), context.after.interfaces.get(key)];
  if (now === undefined) return undefined;
  return grown(INTERFACE_COUNTERS, now, then);
}

/** The NF's port at one end of a hop. */
export function portOf({ lab }: Context, end: PortRef): LabPort | undefined {
  return lab.nfs.find((nf) => nf.name === end.nf)?.ports[end.port];
}

/** The kernel's name of a port's interface where it is known. */
export function interfaceName(context: Context, end: PortRef): string {
  return portOf(context, end)?.interface ?? "interface";
}

/** A counted drop; a counter that went back is none. */
export function drop(reason: string, counter: string, packets: number): Drop {
  return { reason, counter, packets: Math.max(0, packets) };
}

/** NFs without a control socket count nothing that corebed can read; interfaces and switch ports around them do. */
export function isCounted({ after }: Context, { nf }: PortRef): boolean {
  return after.nfs.has(nf);
}
