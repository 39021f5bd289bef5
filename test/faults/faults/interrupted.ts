import { setTimeout as delay } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { mixed, twoArms } from "../labs.ts";

const LAB = "fault-int";
/** Moments of each command, in milliseconds from its start: from before it did anything to when it is nearly done. */
const MOMENTS = {
  apply: [300, 800, 1_500, 2_200],
  run: [600, 2_000, 3_000, 4_500],
  compare: [600, 3_000, 6_000, 9_000],
  destroy: [300, 600, 900, 1_200],
} as const;
type Command = keyof typeof MOMENTS;

/** The second Ctrl-C must end it at once: so much is for a machine that is slow. */
const AT_ONCE_MS = 5_000;

/** Ctrl-C, once and twice. */
export const interrupted: Fault = {
  name: "interrupted",
  what: "Ctrl-C (SIGINT) once, and twice within 50 ms, at several moments of apply, run, compare and destroy: it ends with 130 and says so, the second time at once",
  few: 1,
  cases: () =>
    (Object.keys(MOMENTS) as Command[]).flatMap((command) =>
      MOMENTS[command].flatMap((ms) =>
        [false, true].map(
          (twice): Case => ({
            name: `Ctrl-C ${twice ? "twice" : "once"} after ${ms} ms of ${command}`,
            run: (bench) => interrupt(bench, command, ms, twice),
          }),
        ),
      ),
    ),
};

async function interrupt(bench: Bench, command: Command, ms: number, twice: boolean): Promise<void> {
  const file = await bench.write("lab.yaml", command === "compare" ? twoArms(LAB) : mixed(LAB));
  const out = bench.path("result.json");
  const args = {
    apply: ["apply", file, "--yes"],
    run: ["run", file, "--trials", "2", "--out", out],
    compare: ["compare", file, "--out", out],
    destroy: ["destroy", LAB],
  }[command];
  if (command === "destroy") await bench.converge(file);
  const running = bench.start(args);
  await Promise.race([delay(ms), running.finished.catch(() => {})]);
  running.kill("SIGINT");
  if (twice) {
    await delay(50);
    running.kill("SIGINT");
  }
  const since = performance.now();
  const finished = await bench.ended(running, args);
  const tookMs = Math.round(performance.now() - since);
  if (twice && tookMs > AT_ONCE_MS) bench.find("hang", `${command} ended ${tookMs} ms after the second Ctrl-C`);
  // Before corebed listens the signal ends it as it ends any program, and what was done before has its own code.
  if (finished.signal !== "SIGINT") bench.wantEnd(command, finished, [0, 1, 130], /SIGINT/);
  const result = await bench.resultAt(out);
  if (finished.code === 130 && result?.complete === true) {
    bench.find("wrong-result", `${command} was interrupted and its result is called complete`);
  }
  if (command === "apply" || command === "destroy") {
    await bench.converge(file);
    await bench.measure(file);
  }
  await bench.destroy(file);
}
