import { clearLine, cursorTo } from "node:readline";
import { formatPercent, formatRate } from "../measure/quantity.ts";
import type { Operation } from "../plan/plan.ts";
import type { ApplyEvent } from "../provision/event.ts";
import type { RunEvent } from "../run/event.ts";
import { note } from "./terminal.ts";

/**
 * Shows what goes on, on standard error: finished things as lines that stay and, on a terminal, what is under way in a last line that is written over.
 */
export class Progress {
  readonly #terminal = process.stderr.isTTY === true;
  readonly #quiet: boolean;
  readonly #running = new Map<string, string>();
  #ticker: NodeJS.Timeout | undefined;
  #status = "";

  constructor(options: { readonly quiet: boolean }) {
    this.#quiet = options.quiet;
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.#quiet) return;
    this.#erase();
    note(text);
    this.#draw();
  }

  apply(event: ApplyEvent): void {
    const { key } = event.operation;
    switch (event.type) {
      case "operation-started":
        this.#running.set(key, key);
        this.#setStatus([...this.#running.values()].join(", "));
        break;
      case "operation-done":
        this.#running.delete(key);
        this.line(`  ${doneText(event.operation)} (${(event.durationMs / 1000).toFixed(1)} s)`);
        this.#setStatus([...this.#running.values()].join(", "));
        break;
      case "operation-failed":
        this.#running.delete(key);
        this.line(`  ${key}: failed`);
        break;
      case "operation-skipped":
        this.line(`  ${key}: skipped because ${event.because}`);
        break;
    }
  }

  run(event: RunEvent): void {
    if (event.type === "trial-started") {
      const { number, total, datapath } = event;
      const endsAt = performance.now() + event.remainingMs;
      const left = (): string => `about ${Math.max(1, Math.round((endsAt - performance.now()) / 1000))} s to go`;
      this.#tick(() => `trial ${number}/${total} on ${datapath}, ${left()}`);
      return;
    }
    this.#tick(undefined);
    const { trial, number, total } = event;
    const doubts = trial.flags.filter(
      (flag) => flag.code === "disturbed" || flag.code === "incomplete" || flag.code === "unexplained-loss",
    );
    const width = String(total).length;
    this.line(
      `  trial ${String(number).padStart(width)}/${total}  ${trial.datapath.padEnd(13)}  ${formatRate(trial.throughputPps)} delivered, ${formatPercent(Math.max(0, trial.lossRatio))} lost` +
        `${doubts.length > 0 ? `  (${doubts.map((flag) => flag.code).join(", ")})` : ""}`,
    );
  }

  /** Takes the last line away; nothing is shown after. */
  end(): void {
    this.#tick(undefined);
    this.#setStatus("");
  }

  #tick(text: (() => string) | undefined): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#setStatus(text?.() ?? "");
    if (text === undefined || !this.#terminal) return;
    this.#ticker = setInterval(() => this.#setStatus(text()), 1_000);
    this.#ticker.unref();
  }

  #setStatus(text: string): void {
    if (this.#quiet || !this.#terminal) return;
    this.#erase();
    this.#status = text;
    this.#draw();
  }

  #erase(): void {
    if (this.#status === "") return;
    cursorTo(process.stderr, 0);
    clearLine(process.stderr, 0);
  }

  #draw(): void {
    if (this.#status === "") return;
    process.stderr.write(`  ${this.#status}`.slice(0, (process.stderr.columns || 80) - 1));
  }
}

const PAST: Readonly<Record<Operation["verb"], string>> = { create: "created", update: "updated", delete: "removed" };

function doneText(operation: Operation): string {
  const id = operation.verb === "delete" ? operation.observed.id : operation.resource.id;
  return `${PAST[operation.verb]} ${id}`;
}
