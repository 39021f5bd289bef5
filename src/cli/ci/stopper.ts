import { timeLimit } from "../../host/time-limit.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { note } from "../terminal.ts";
import { durationText } from "./duration.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * What may end a run before its time: signals, the time limit, a lease that was lost. Each asks everything under way to come to an orderly end; the labs are
 * removed after it. CI systems send a second signal soon after the first, so that one only makes itself heard; the third ends corebed where it stands.
 */
export class Stopper implements Disposable {
  readonly #abort = new AbortController();
  #limit: { readonly stop: () => void } | undefined;
  #signals = 0;
  #cause: Exit | undefined;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why everything had to end; undefined if nothing of the kind happened. */
  get cause(): Exit | undefined {
    return this.#cause;
  }

  /** Ends everything after this long. */
  limit(milliseconds: number): void {
    this.#limit = timeLimit(milliseconds, () =>
      this.stop(EXIT.timeLimit, `the time limit of ${durationText(milliseconds)} has passed`),
    );
  }

  /** From now on time does not matter: what was brought up is being removed. */
  lift(): void {
    this.#limit?.stop();
  }

  stop(code: ExitCode, why: string): void {
    if (this.#cause !== undefined) return;
    this.#cause = new Exit(code, `error: ${why}`);
    note(`${why}: stopping what is under way`);
    this.#abort.abort(this.#cause);
  }

  [Symbol.dispose](): void {
    this.lift();
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    this.#signals += 1;
    if (this.#signals === 1) this.stop(EXIT.interrupted, `interrupted by ${name}`);
    else if (this.#signals === 2) note(`${name}: labs are being removed; once more to end at once and leave them`);
    else process.exit(EXIT.interrupted);
  };
}
