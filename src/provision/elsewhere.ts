import type { Plan } from "../plan/plan.ts";
import type { ApplyEvent } from "./event.ts";

/** What another host of the lab was to make did not come to be. */
class ElsewhereError extends Error {
  constructor(id: string, host: string) {
    super(`${id} of host ${host}, which it needs, is not there`);
    this.name = "ElsewhereError";
  }
}

/** What the hosts of a lab make of which other hosts' parts stand in need: told as it comes to be, since all hosts are changed at the same time. */
export class Elsewhere {
  readonly #waits = new Map<string, PromiseWithResolvers<void> & { readonly host: string }>();

  /** Takes note of what a host is about to make; what it keeps is there already. */
  expect(host: string, { operations }: Pick<Plan, "operations">): void {
    for (const operation of operations) {
      if (operation.verb !== "create") continue;
      const wait = Promise.withResolvers<void>();
      // Whether anybody waits is not known here.
      wait.promise.catch(() => {});
      this.#waits.set(operation.resource.id, { ...wait, host });
    }
  }

  /** Resolves when it is there; throws {@link ElsewhereError} when it will not be, and the signal's reason once that is aborted. */
  async awaited(id: string, signal: AbortSignal): Promise<void> {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      await Promise.race([wait.promise, aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** To be called with every event of every host. */
  see(event: ApplyEvent): void {
    if (event.type !== "operation-done" || event.operation.verb !== "create") return;
    this.#waits.get(event.operation.resource.id)?.resolve();
  }

  /** A host has come to its end: what it has not made by now it will not make. */
  end(host: string): void {
    for (const [id, wait] of this.#waits) {
      if (wait.host === host) wait.reject(new ElsewhereError(id, host));
    }
  }
}
