import { setTimeout as delay } from "node:timers/promises";
import { someNumbers } from "../../integration/support/random.ts";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { killAt } from "../kill.ts";
import { mixed, twoArms } from "../labs.ts";

const LAB = "fault-random";
const SEED = 20_261_121;

/** Roughly how long each command takes here, in milliseconds: moments are dealt over so much, from the first millisecond. */
const COMMANDS = { apply: 2_500, destroy: 1_500, run: 5_000, compare: 12_000 } as const;
type Command = keyof typeof COMMANDS;

/** SIGKILL at moments that a seed deals out. */
export const killedAtRandom: Fault = {
  name: "killed-at-random",
  what: "corebed killed (SIGKILL) at random moments of apply, run, compare and destroy, in turns; then the same again or destroy alone; its result file must be whole or absent",
  few: 2,
  cases: (times = 200) => {
    const commands = Object.keys(COMMANDS) as Command[];
    return someNumbers(SEED, times, 1, 10_000).map((share, i): Case => {
      const command = commands[i % commands.length] as Command;
      const again = Math.floor(i / commands.length) % 2 === 1;
      const ms = Math.ceil((share * COMMANDS[command]) / 10_000);
      return {
        name: `${command} killed after ${ms} ms, then ${again ? "again" : "destroy"}`,
        run: (bench) => kill(bench, command, ms, again),
      };
    });
  },
};

async function kill(bench: Bench, command: Command, ms: number, again: boolean): Promise<void> {
  const file = await bench.write("lab.yaml", command === "compare" ? twoArms(LAB) : mixed(LAB));
  const out = bench.path("result.json");
  const args = {
    apply: ["apply", file],
    destroy: ["destroy", LAB],
    run: ["run", file, "--trials", "2", "--out", out],
    compare: ["compare", file, "--out", out],
  }[command];
  if (command === "destroy") await bench.converge(file);
  await killAt(bench.start(args), () => delay(ms));
  await bench.resultAt(out);
  if (again) {
    if (command === "apply" || command === "destroy") await bench.converge(file);
    else {
      const finished = await bench.run(args);
      // 1: a machine that others load can keep the generator from its rate, and the result says so.
      bench.wantEnd(`${command} again`, finished, [0, 1], /./);
      if ((await bench.resultAt(out)) === undefined) bench.find("not-converged", `${command} again left no result`);
    }
  }
  // With the file, so that what compare left goes too.
  await bench.destroy(file);
}
