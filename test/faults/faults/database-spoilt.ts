import { pair } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { MANNERS, type Manner, spoilDatabase } from "../ovsdb-proxy.ts";

const LAB = "fault-ovsdb";
const COMMANDS = ["apply", "run", "plan", "status", "destroy"] as const;
type Command = (typeof COMMANDS)[number];

/** The switch's database behind a server that answers badly. */
export const databaseSpoilt: Fault = {
  name: "database-spoilt",
  what: "the switch's database (OVSDB) answering with errors, a second late, byte by byte, with what is no JSON, not at all, hanging up or refusing connections, at apply of a changed file, run, plan, status and destroy",
  few: 1,
  cases: () =>
    (Object.keys(MANNERS) as Manner[]).flatMap((manner) =>
      COMMANDS.map(
        (command): Case => ({
          name: `database ${manner} at ${command}`,
          run: (bench) => spoil(bench, manner, command),
        }),
      ),
    ),
};

async function spoil(bench: Bench, manner: Manner, command: Command): Promise<void> {
  const before = await bench.write("before.yaml", pair(LAB));
  const after = await bench.write("after.yaml", pair(LAB, { switch: { pmdMaxSleep: "50us" } }));
  await bench.converge(before);
  const out = bench.path("result.json");
  const args = {
    apply: ["apply", after, "--yes"],
    run: ["run", before, "--trials", "1", "--out", out],
    plan: ["plan", before],
    status: ["status", LAB],
    destroy: ["destroy", LAB],
  }[command];
  {
    await using _spoilt = await spoilDatabase(LAB, manner);
    const finished = await bench.run(args);
    const { fine } = MANNERS[manner];
    // A plan may find changes to make, and a run on a loaded machine may fall short of its rate.
    const good = command === "plan" && !fine ? [0, 2] : command === "run" ? [0, 1] : [0];
    const bad = command === "destroy" ? [] : [69];
    bench.wantEnd(command, finished, [...good, ...(fine ? [] : bad)], /OVSDB|database|switch|br0/);
    await bench.resultAt(out);
  }
  if (command !== "destroy") {
    await bench.converge(after);
    await bench.measure(after);
    await bench.destroy(LAB);
  } else await bench.wantNoTrace();
}
