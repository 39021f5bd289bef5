import { numberAt, OvsTextError, optionalNumberAt, sections } from "./fields.ts";

/** A receive queue of a port, as a PMD thread polls it. */
export interface PmdQueue {
  readonly port: string;
  readonly queueId: number;
  /** Whether the vhost peer has enabled the queue. A port that never had a peer shows `true` too, so this alone proves no peer. */
  readonly enabled: boolean;
  /** Share of the thread's time that the queue took, in percent; `undefined` until OVS has measured it (about 5 s). */
  readonly usagePercent: number | undefined;
}

/** What one PMD thread polls. */
export interface PmdQueues {
  readonly numaId: number;
  readonly coreId: number;
  /** An isolated thread polls only the queues that `pmd-rxq-affinity` pins to it. */
  readonly isolated: boolean;
  readonly queues: readonly PmdQueue[];
  /** Share of the thread's time not due to any queue, in percent. */
  readonly overheadPercent: number | undefined;
}

/** Parses the text of `dpif-netdev/pmd-rxq-show` (lib/dpif-netdev.c, pmd_info_show_rxq); no PMD thread, no entry. */
export function parsePmdRxqShow(text: string): readonly PmdQueues[] {
  if (text !== "" && !text.startsWith("Displaying last ")) throw new OvsTextError("it does not start as expected");
  return sections(text, /^pmd thread numa_id (\d+) core_id (\d+):$/gm).map(({ heading, body }) => ({
    numaId: Number(heading[1]),
    coreId: Number(heading[2]),
    isolated: /^ {2}isolated : true$/m.test(body),
    queues: [...body.matchAll(/^ {2}port: .*$/gm)].map(([line]) => parseQueue(line)),
    overheadPercent: optionalNumberAt(body, /^ {2}overhead: +(\d+) %/m),
  }));
}

function parseQueue(line: string): PmdQueue {
  const port = /^ {2}port: (\S+)/.exec(line)?.[1];
  const state = /\((enabled|disabled)\)/.exec(line)?.[1];
  if (port === undefined || state === undefined) throw new OvsTextError(`cannot read ${JSON.stringify(line)}`);
  return {
    port,
    queueId: numberAt(line, /queue-id: +(\d+)/, "queue-id"),
    enabled: state === "enabled",
    usagePercent: optionalNumberAt(line, /pmd usage: +(\d+) %/),
  };
}
