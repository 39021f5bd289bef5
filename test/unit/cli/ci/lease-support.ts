import type { LeaseWorld } from "../../../../src/host/lease.ts";

const BOOT = "boot-a";
const NAMESPACE = "pid:[1]";

/** A machine with processes that can be started and killed, and a clock that only moves when told to. */
export class FakeMachine {
  readonly #directory: string;
  readonly #alive = new Map<number, string>();
  #ticks = 0;
  #nowMs = Date.parse("2026-01-02T03:04:05Z");
  /** Milliseconds since the machine was made, as a clock that only goes forward shows them. */
  elapsedMs = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts a process, under a number that may have been another's, and gives its view of the machine. */
  start(pid: number, other: { readonly bootId?: string; readonly namespace?: string } = {}): LeaseWorld {
    this.#ticks += 1;
    const startTime = String(this.#ticks);
    this.#alive.set(pid, startTime);
    return {
      directory: this.#directory,
      self: { pid, startTime, bootId: BOOT, namespace: NAMESPACE, ...other },
      startTimeOf: async (asked) => this.#alive.get(asked),
      now: () => new Date(this.#nowMs),
    };
  }

  kill(pid: number): void {
    this.#alive.delete(pid);
  }

  pass(milliseconds: number): void {
    this.#nowMs += milliseconds;
    this.elapsedMs += milliseconds;
  }
}
