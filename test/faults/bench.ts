import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Result } from "../../src/measure/result.ts";
import { validateResult } from "../../src/measure/validate-result.ts";
import type { TopologyInput } from "../../src/topology/schema.ts";
import { type CommandOptions, type Finished, type Running, startCorebed } from "../integration/support/corebed.ts";
import { topologyText } from "../integration/support/topology.ts";
import type { Finding, FindingKind } from "./fault.ts";
import { privateHost } from "./private-host.ts";
import { differences, type Snapshot, takeSnapshot } from "./snapshot.ts";

/**
 * How long each command may take, in seconds: what its own waits can add up to on a host where nothing answers (docs/faults.md states them). `run` and
 * `compare` are given short trials here.
 */
export const LIMITS_S: Readonly<Record<string, number>> = { apply: 120, destroy: 90, run: 150, compare: 180, ci: 240 };
const OTHER_LIMIT_S = 60;
/** The longest that a timer can be set to: whoever starts a command here watches it by itself. */
const LONGEST_MS = 2 ** 31 - 1;
/** Where more threads want to run than there are CPUs everything takes longer in proportion, up to so much. */
const MOST_CROWDED = 6;

/** How many threads want each CPU; 1 where they are few. */
function crowding(): number {
  return Math.min(MOST_CROWDED, Math.max(1, (loadavg()[0] ?? 0) / cpus().length));
}

type Options = Partial<CommandOptions>;

/** What a case works with: commands with limits, and notes of what it finds wrong. */
export class Bench implements AsyncDisposable {
  readonly directory: string;
  readonly findings: Finding[] = [];
  readonly said = new Set<string>();
  readonly #name: string;
  readonly #before: Snapshot;
  readonly #overdue = new Set<Running>();
  #started: Running[] = [];

  private constructor(name: string, directory: string, before: Snapshot) {
    this.#name = name;
    this.directory = directory;
    this.#before = before;
  }

  static async open(name: string): Promise<Bench> {
    // Inside the private host's own, which goes with it even when the suite is killed in the middle of a case.
    const directory = await mkdtemp(join(privateHost() ?? tmpdir(), "corebed-fault-"));
    return new Bench(name, directory, await takeSnapshot(directory));
  }

  find(kind: FindingKind, text: string): void {
    this.findings.push({ kind, in: this.#name, text });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async write(name: string, content: TopologyInput | string): Promise<string> {
    await writeFile(this.path(name), typeof content === "string" ? content : topologyText(content));
    return this.path(name);
  }

  /** Starts corebed; one that is over its limit is killed, which `ended` finds. */
  start(args: readonly string[], options: Options = {}): Running {
    const { timeoutMs = limitMs(args), ...others } = options;
    const running = startCorebed(args, { cwd: this.directory, timeoutMs: LONGEST_MS, ...others });
    this.#started.push(running);
    const startedAt = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - startedAt < timeoutMs * crowding()) return;
      this.#overdue.add(running);
      running.kill("SIGKILL");
    }, 500);
    const stop = (): void => clearInterval(watch);
    running.finished.then(stop, stop);
    return running;
  }

  /** Waits for the end of a command; a hang is noted, and so is an end that corebed itself calls a bug. */
  async ended(running: Running, args: readonly string[]): Promise<Finished> {
    const finished = await running.finished;
    if (!this.#overdue.has(running)) {
      if (finished.code === 70 || /^ {4}at .*:\d+:\d+\)?$/m.test(finished.stderr)) {
        this.find("unclear-message", `corebed ${args.join(" ")} ended as a bug: ${lastOf(finished.stderr)}`);
      }
      return finished;
    }
    const seconds = Math.round((limitMs(args) * crowding()) / 1000);
    this.find("hang", `corebed ${args.join(" ")} was not done after ${seconds} s: ${lastOf(finished.stderr)}`);
    return finished;
  }

  /** Runs corebed to its end; while other people's labs hold what it needs it is tried again. */
  async run(args: readonly string[], options: Options = {}): Promise<Finished> {
    for (let tries = 0; ; tries += 1) {
      const finished = await this.ended(this.start(args, options), args);
      if (finished.code !== 69 || tries === 150 || !IN_THE_WAY.test(finished.stderr)) return finished;
      await delay(2_000);
    }
  }

  /** Wants a command to have ended with one of the codes and, unless that is 0, to have named the cause. */
  wantEnd(what: string, { code, stderr, stdout }: Finished, codes: readonly number[], cause: RegExp): void {
    const message = errorsIn(stderr);
    if (code !== 0 && message !== "") this.said.add(message);
    if (code === null) return;
    if (!codes.includes(code))
      this.find("unclear-message", `${what} ended with ${code}, not ${codes.join(" or ")}: ${lastOf(stderr)}`);
    else if (code !== 0 && !cause.test(stderr + stdout))
      this.find("unclear-message", `${what} does not name the cause (${cause}): ${lastOf(stderr)}`);
  }

  /** Wants `apply` to bring the lab to what the file says, and `plan` to find nothing to do then. */
  async converge(file: string): Promise<void> {
    const applied = await this.run(["apply", file, "--yes"]);
    if (applied.code !== 0) {
      this.find("not-converged", `apply ended with ${applied.code}: ${lastOf(applied.stderr)}`);
      return;
    }
    const planned = await this.run(["plan", file]);
    if (planned.code !== 0)
      this.find("not-converged", `plan after apply ended with ${planned.code}: ${planned.stdout}`);
  }

  /** Wants one of three short trials on the lab to bring packets through, for a worker that has no CPU for seconds answers nobody, and each to account for those that did not come. */
  async measure(file: string): Promise<void> {
    let said = "";
    for (let tries = 0; tries < 3; tries += 1) {
      const out = this.path(`measured-${this.#started.length}.json`);
      const finished = await this.run(["run", file, "--trials", "1", "--out", out]);
      const trials = (await this.resultAt(out))?.arms.flatMap((arm) => arm.trials) ?? [];
      // A machine that stands still for seconds mixes the packets of two trials up: that trial says so itself, and nobody takes it for good.
      const sound = trials.filter(({ flags }) => !flags.some(({ code }) => code === "unexplained-loss"));
      const points = sound.flatMap(({ chains }) => chains.flatMap(({ ledger }) => ledger.points));
      if (points.some(({ unexplained }) => unexplained !== 0)) {
        this.find("wrong-result", `packets are not accounted for: ${JSON.stringify(points)}`);
      }
      if (trials.some(({ chains }) => chains.length > 0 && chains.every(({ received }) => received > 0))) return;
      said = `${finished.code}: ${lastOf(finished.stderr)}`;
    }
    this.find("not-converged", `no traffic through the lab (${said})`);
  }

  /** The result file; undefined if there is none. One that is there must be whole. */
  async resultAt(path: string): Promise<Result | undefined> {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const checked = validateResult(JSON.parse(text));
      if (checked.ok) return checked.result;
      this.find("wrong-result", `${path}: ${checked.problems.join("; ")}`);
    } catch (error) {
      this.find("wrong-result", `${path} (${text.length} bytes): ${(error as Error).message}`);
    }
    return undefined;
  }

  /** Wants `destroy` to work and the host to be as it was before the case. */
  async destroy(lab: string): Promise<void> {
    const destroyed = await this.run(["destroy", lab]);
    if (destroyed.code !== 0)
      this.find("not-destroyed", `destroy ended with ${destroyed.code}: ${lastOf(destroyed.stderr)}`);
    await this.wantNoTrace();
  }

  /** Wants the host to be as it was: what others make and remove meanwhile is waited for. */
  async wantNoTrace(): Promise<void> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const left = differences(this.#before, await takeSnapshot(this.directory));
      if (left.length === 0) return;
      if (performance.now() > deadline) {
        this.find("leak", left.join("; "));
        return;
      }
      await delay(300);
    }
  }

  /** Ends what still runs and removes what the case left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#started) running.kill("SIGKILL");
    await Promise.allSettled(this.#started.map(({ finished }) => finished));
    this.#started = [];
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Other people's labs, outside of the private host, hold huge pages. */
const IN_THE_WAY = /huge pages .* are needed and \d+ are free/;

function limitMs(args: readonly string[]): number {
  return (LIMITS_S[args[0] ?? ""] ?? OTHER_LIMIT_S) * 1000;
}

/** The end of what a command said. */
export function lastOf(text: string): string {
  return text.trim().split("\n").slice(-6).join(" | ").slice(-600);
}

/** The lines that tell what was wrong, without what differs from time to time. */
function errorsIn(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /^(error|internal error):|^ +[=] help:/.test(line));
  return lines
    .join("\n")
    .replaceAll(/process \d+/g, "process N")
    .replaceAll(/\d+ ms/g, "N ms")
    .slice(0, 400);
}
