import { clearLine, cursorTo } from "node:readline";
import type { FlagCode } from "../measure/flag.ts";
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
    const at = event.host === undefined ? "" : `${event.host}: `;
    if (event.type === "sending-image") {
      const { reference, bytes, percent } = event;
      const how = percent === 0 ? ` (${(bytes / 1e6).toFixed(0)} MB) to the host` : `: ${percent} %`;
      this.line(`  ${at}sending image ${reference}${how}`);
      return;
    }
    const key = `${at}${event.operation.key}`;
    switch (event.type) {
      case "operation-started":
        this.#running.set(key, key);
        this.#setStatus([...this.#running.values()].join(", "));
        break;
      case "operation-done":
        this.#running.delete(key);
        this.line(`  ${at}${doneText(event.operation)} (${(event.durationMs / 1000).toFixed(1)} s)`);
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
      const { number, total, arm, purpose, remainingMs } = event;
      const endsAt = performance.now() + (remainingMs ?? 0);
      const left = remainingMs === undefined ? () => "" : () => `, about ${timeText(endsAt - performance.now())} to go`;
      const what = purpose === "trial" ? arm : `${arm}, ${purpose}`;
      this.#tick(() => `trial ${number}${total === undefined ? "" : `/${total}`} on ${what}${left()}`);
      return;
    }
    this.#tick(undefined);
    const { trial, number, total } = event;
    // Two threads that both waited are one disturbance.
    const doubts = TOLD_AT_ONCE.filter((code) => trial.flags.some((flag) => flag.code === code));
    const width = String(total ?? 100).length;
    const of = total === undefined ? "" : `/${total}`;
    const asked =
      trial.askedPps === undefined || trial.purpose === "trial"
        ? ""
        : `${trial.purpose} ${formatRate(trial.askedPps)}: `;
    this.line(
      `  trial ${String(number).padStart(width)}${of}  ${trial.arm.padEnd(13)}  ${asked}${formatRate(trial.throughputPps)} delivered, ${formatPercent(Math.max(0, trial.lossRatio))} lost` +
        `${doubts.length > 0 ? `  (${doubts.join(", ")})` : ""}`,
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

/** What a person who watches may want to act on. */
const TOLD_AT_ONCE: readonly FlagCode[] = [
  "disturbed",
  "incomplete",
  "unexplained-loss",
  "short-of-rate",
  "nothing-sent",
];

/** `35 s`, `12 min`, `3 h 20 min`. */
function timeText(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const PAST: Readonly<Record<Operation["verb"], string>> = { create: "created", update: "updated", delete: "removed" };

function doneText(operation: Operation): string {
  const id = operation.verb === "delete" ? operation.observed.id : operation.resource.id;
  return `${PAST[operation.verb]} ${id}`;
}
