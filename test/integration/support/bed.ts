import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { notMeasured } from "../../../src/measure/not-measured.ts";
import type { Result } from "../../../src/measure/result.ts";
import { validateResult } from "../../../src/measure/validate-result.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import type { TopologyInput } from "../../../src/topology/schema.ts";
import { lines } from "./command.ts";
import { type CommandOptions, type Finished, type Running, startCorebed, told } from "./corebed.ts";
import { eventually } from "./eventually.ts";
import { type HostSnapshot, hostSnapshot } from "./host-snapshot.ts";
import { topologyText } from "./topology.ts";
import { takeTurn } from "./turn.ts";

type Options = Partial<CommandOptions>;

/** What a test file works with: a directory of its own, corebed run in it, and labs whose names begin with the prefix. */
export interface Bed {
  readonly directory: () => string;
  /** Writes a file and gives its path; a topology is written as YAML. */
  readonly write: (name: string, content: TopologyInput | string | Uint8Array) => Promise<string>;
  readonly start: (args: readonly string[], options?: Options) => Running;
  readonly run: (args: readonly string[], options?: Options) => Promise<Finished>;
  /** Runs corebed and wants this exit code. */
  readonly expectExit: (code: number, args: readonly string[], options?: Options) => Promise<Finished>;
  readonly plan: (file: string, ...options: readonly string[]) => Promise<Plan>;
  /** One trial on the lab of the file; the result file is read back and checked against its schema. */
  readonly measure: (file: string, ...options: readonly string[]) => Promise<Result>;
  readonly readResult: (path: string) => Promise<Result>;
  /** Wants the host to be as it was before the test. */
  readonly expectNoTrace: () => Promise<void>;
}

/**
 * Sets a bed up for a test file, on a machine that no other run of these tests uses meanwhile. Before each test it waits until nobody else's lab holds the CPUs; after each it removes what the test left. Only labs with
 * the prefix are ever touched.
 */
export function setUpBed(prefix: string): Bed {
  let directory = "";
  let before: HostSnapshot;
  let turn: AsyncDisposable | undefined;
  beforeAll(async () => {
    turn = await takeTurn();
    directory = await mkdtemp(join(tmpdir(), `corebed-${prefix}-`));
  });
  beforeEach(async () => {
    await removeLabs(prefix, directory);
    await untilCpusAreFree();
    before = await hostSnapshot();
  });
  // A test that failed half-way leaves its corebed running, which would hold the lab against every test after it.
  afterEach(async () => {
    for (const running of started) running.kill("SIGKILL");
    await Promise.allSettled(started.map(({ finished }) => finished));
    started = [];
    await removeLabs(prefix, directory);
  });
  afterAll(async () => {
    await turn?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  let started: Running[] = [];
  const start = (args: readonly string[], options: Options = {}): Running => {
    const running = startCorebed(args, { cwd: directory, ...options });
    started.push(running);
    return running;
  };
  const run = async (args: readonly string[], options: Options = {}): Promise<Finished> => {
    for (;;) {
      const finished = await start(args, options).finished;
      if (finished.code !== 69 || !HELD_BY_OTHERS.test(finished.stdout + finished.stderr)) return finished;
      await untilCpusAreFree();
    }
  };
  const expectExit = async (code: number, args: readonly string[], options: Options = {}): Promise<Finished> => {
    const finished = await run(args, options);
    expect(finished.code, `corebed ${args.join(" ")} ${told(finished)}`).toBe(code);
    return finished;
  };
  const readResult = async (path: string): Promise<Result> => {
    const checked = validateResult(JSON.parse(await readFile(path, "utf8")));
    if (!checked.ok) throw new Error(`${path} does not fit the schema of results:\n${checked.problems.join("\n")}`);
    return checked.result;
  };
  return {
    directory: () => directory,
    write: async (name, content) => {
      const path = join(directory, name);
      const isText = typeof content === "string" || content instanceof Uint8Array;
      await writeFile(path, isText ? content : topologyText(content));
      return path;
    },
    start,
    run,
    expectExit,
    plan: async (file, ...options) => {
      const finished = await run(["plan", file, "--json", ...options]);
      expect([0, 2], told(finished)).toContain(finished.code);
      return JSON.parse(finished.stdout) as Plan;
    },
    measure: async (file, ...options) => {
      const out = join(directory, "result.json");
      const finished = await run(["run", file, "--trials", "1", "--out", out, ...options]);
      expect([0, 1], told(finished)).toContain(finished.code);
      const result = await readResult(out);
      // A machine that others load can keep the generator from its rate: then the run says so, and its packets are as good as any.
      expect(finished.code, told(finished)).toBe(notMeasured(result).length === 0 ? 0 : 1);
      return result;
    },
    readResult,
    expectNoTrace: async () => {
      // At once where nobody else uses the machine; what other people make and remove meanwhile is waited for.
      await expect.poll(hostSnapshot, { timeout: 60_000, interval: 200 }).toEqual(before);
    },
  };
}

/** What a measured lab must show: packets came through, and each that did not is accounted for. */
export function expectTraffic(result: Result): void {
  expect(result.complete).toBe(true);
  for (const arm of result.arms) {
    for (const trial of arm.trials) {
      expect(trial.complete).toBe(true);
      for (const chain of trial.chains) {
        expect(chain.received, `packets delivered on chain ${chain.chain} over ${arm.datapath}`).toBeGreaterThan(0);
        expect(
          chain.ledger.points.filter((point) => point.unexplained !== 0),
          `steps with unexplained packets, of:\n${JSON.stringify(chain.ledger.points, undefined, 1)}`,
        ).toEqual([]);
      }
    }
  }
}

/** Removes what an earlier test left; an error if that does not work, for what stays would hide the next thing that is left. */
async function removeLabs(prefix: string, directory: string): Promise<void> {
  for (const name of await labsWith(prefix)) {
    const finished = await startCorebed(["destroy", name], { cwd: directory }).finished;
    expect(finished.code, told(finished)).toBe(0);
  }
  expect(await labsWith(prefix), "labs that destroy did not remove").toEqual([]);
}

/** Names of labs of which anything is there, found without corebed. */
async function labsWith(prefix: string): Promise<readonly string[]> {
  const [directories, containers, networks, links] = await Promise.all([
    readdir("/run/corebed").catch((): string[] => []),
    lines("docker", "ps", "--all", "--filter", "label=corebed.lab", "--format", '{{.Label "corebed.lab"}}'),
    lines("docker", "network", "ls", "--filter", "label=corebed.lab", "--format", '{{.Label "corebed.lab"}}'),
    lines("ip", "-oneline", "link"),
  ]);
  const aliases = links.flatMap((link) => / alias corebed:([^:]+):/.exec(link)?.[1] ?? []);
  const names = [...directories, ...containers, ...networks, ...aliases];
  return [...new Set(names)].filter((name) => name.startsWith(prefix));
}

/** A lab that is not of these tests: where the machine is shared, they come and go. */
const HELD_BY_OTHERS = /is held by (?!it-)/;

async function untilCpusAreFree(): Promise<void> {
  await eventually(
    async () => {
      const running = await lines("docker", "ps", "--filter", "label=corebed.cpus", "--format", "{{.Names}}");
      return running.every((name) => name.startsWith("corebed.it-"));
    },
    { what: "other labs leave the CPUs", timeoutMs: 280_000, intervalMs: 500 },
  );
}
