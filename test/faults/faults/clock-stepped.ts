import { pair } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { twoArms } from "../labs.ts";

const LAB = "fault-clock";

/**
 * Put before the program: Date jumps when the process has run for a while. The kernel's own clock is everybody's and stays; the one that waits are made with cannot
 * be stepped on Linux.
 */
const PRELOAD = `
const Real = globalThis.Date;
const offset = () => (performance.now() >= Number(process.env.FAULT_STEP_AT_MS) ? Number(process.env.FAULT_STEP_MS) : 0);
globalThis.Date = class Date extends Real {
  constructor(...parts) { if (parts.length === 0) super(Real.now() + offset()); else super(...parts); }
  static now() { return Real.now() + offset(); }
};
`;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The wall clock set forward and back under a running command. */
export const clockStepped: Fault = {
  name: "clock-stepped",
  what: "the wall clock, as corebed sees it, set forward and back by an hour and a year within apply, run, compare and destroy: nothing may wait longer or give up earlier, and results hold what was measured",
  few: 1,
  cases: () =>
    [HOUR_MS, -HOUR_MS, 365 * DAY_MS, -365 * DAY_MS].flatMap((step) =>
      (["apply", "run", "compare"] as const).map(
        (command): Case => ({
          name: `the clock goes ${step > 0 ? "forward" : "back"} by ${Math.abs(step) / HOUR_MS} h during ${command}`,
          run: (bench) => stepClock(bench, command, step),
        }),
      ),
    ),
};

async function stepClock(bench: Bench, command: "apply" | "run" | "compare", stepMs: number): Promise<void> {
  const file = await bench.write("lab.yaml", command === "compare" ? twoArms(LAB) : pair(LAB));
  const preload = await bench.write("step.mjs", PRELOAD);
  const env = {
    NODE_OPTIONS: `--import ${preload}`,
    FAULT_STEP_MS: String(stepMs),
    FAULT_STEP_AT_MS: command === "compare" ? "4000" : "1200",
  };
  const out = bench.path("result.json");
  const args = command === "apply" ? ["apply", file] : [command, file, "--out", out];
  const finished = await bench.run(args, { env });
  bench.wantEnd(command, finished, command === "apply" ? [0] : [0, 1], /./);
  if (command !== "apply") {
    const result = await bench.resultAt(out);
    const trials = result?.arms.flatMap((arm) => arm.trials) ?? [];
    if (trials.length === 0) bench.find("wrong-result", "there is no trial in the result");
    // 20 kpps were asked: a rate that was divided by a clock's step is far from that.
    const wrong = trials.filter(({ throughputPps }) => throughputPps > 40_000 || throughputPps < 100);
    if (wrong.length > 0)
      bench.find("wrong-result", `rates of ${wrong.map((trial) => trial.throughputPps)} packets a second`);
  } else {
    await bench.converge(file);
    bench.wantEnd("destroy", await bench.run(["destroy", LAB], { env }), [0], /./);
  }
  await bench.destroy(file);
}
