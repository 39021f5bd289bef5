import type { Output } from "./output.ts";
import { hanging } from "./text.ts";

/** What one poll-mode thread polls, an entry for each queue. */
export interface PolledQueues {
  /** CPU of the thread. */
  readonly coreId: number;
  readonly queues: readonly { readonly port: string }[];
}

/** Who polls what, a line or more for each poll-mode thread: `switch on CPU 0: gen-p0 (2 queues), sink-p0`. */
export function queueLines(threads: readonly PolledQueues[], output: Output): readonly string[] {
  return threads
    .toSorted((a, b) => a.coreId - b.coreId)
    .flatMap(({ coreId, queues }) => {
      const ports = [...new Set(queues.map(({ port }) => port))].toSorted();
      const named = ports.map((port) => {
        const count = queues.filter((queue) => queue.port === port).length;
        return count === 1 ? port : `${port} (${count} queues)`;
      });
      return hanging(`switch on CPU ${coreId}: `, named.length === 0 ? "nothing yet" : named.join(", "), output);
    });
}
