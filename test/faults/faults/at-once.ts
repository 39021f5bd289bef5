import { setTimeout as delay } from "node:timers/promises";
import { someNumbers } from "../../integration/support/random.ts";
import { pair } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { mixed } from "../labs.ts";

const LAB = "fault-once";
const OTHER = "fault-once-other";
const SEED = 7;
const LATEST_MS = 2_500;
/** Who was there first is named, or what it holds. */
const REFUSED = /is being changed by|is held by|holds? the lease|waited|nothing/;

type Commands = (file: string, other: string) => readonly (readonly string[])[];

const CROWDS: Readonly<Record<string, Commands>> = {
  "two applies": (file) => [
    ["apply", file, "--yes"],
    ["apply", file, "--yes"],
  ],
  "two applies and a destroy": (file) => [
    ["apply", file, "--yes"],
    ["apply", file, "--yes"],
    ["destroy", LAB],
  ],
  "two labs that want the same CPUs": (file, other) => [
    ["apply", file, "--yes"],
    ["apply", other, "--yes"],
  ],
  "two ci runs and a destroy": (file) => [
    ["ci", file, "--trials", "1"],
    ["ci", file, "--trials", "1"],
    ["destroy", LAB],
  ],
  "apply, run, ci and two destroys": (file) => [
    ["apply", file, "--yes"],
    ["run", file, "--trials", "1"],
    ["ci", file, "--trials", "1"],
    ["destroy", LAB],
    ["destroy", LAB],
  ],
};

/** Several commands on one lab. */
export const atOnce: Fault = {
  name: "at-once",
  what: "two applies, two ci runs, apply, run and destroy of one lab, and applies of two labs that want the same CPUs, started at once and at random distances: each does its work or says who was first",
  few: 1,
  cases: (times = 40) => {
    const distances = someNumbers(SEED, times * 5, 0, LATEST_MS);
    const crowds = Object.entries(CROWDS);
    return Array.from({ length: times }, (_, i): Case => {
      const [name, commands] = crowds[i % crowds.length] ?? ["", () => []];
      // Each crowd comes once at the same moment, then scattered.
      const starts = i < crowds.length ? [0, 0, 0, 0, 0] : distances.slice(i * 5, i * 5 + 5);
      return {
        name: `${name}, ${i < crowds.length ? "at once" : `after ${starts.join(", ")} ms`}`,
        run: (bench) => crowd(bench, commands, starts),
      };
    });
  },
};

async function crowd(bench: Bench, commands: Commands, starts: readonly number[]): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  const other = await bench.write("other.yaml", pair(OTHER));
  await Promise.all(
    commands(file, other).map(async (args, i) => {
      await delay(starts[i] ?? 0);
      bench.wantEnd(args[0] ?? "", await bench.ended(bench.start(args), args), [0, 1, 69], REFUSED);
    }),
  );
  await bench.run(["destroy", OTHER]);
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(file);
}
