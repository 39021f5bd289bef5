import { pair } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { limitHugePages } from "../huge-pages.ts";

const LAB = "fault-pages";

/** Huge pages that were free when the plan was made. */
export const hugePagesGone: Fault = {
  name: "huge-pages-gone",
  what: "huge pages gone between plan and apply (a limit of the containers' control group): none left, or enough for a part of the lab only; and gone while a lab is up",
  few: 1,
  cases: () => [
    // The lab gets by with some 200 MiB of the 256 that it asks for.
    ...[16, 100, 150].map((mib): Case => ({ name: `${mib} MiB left at apply`, run: (bench) => atApply(bench, mib) })),
    { name: "none left while a lab is up", run: whileUp },
  ],
};

async function atApply(bench: Bench, mib: number): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  {
    await using _limit = await limitHugePages(mib);
    bench.wantEnd("apply", await bench.run(["apply", file]), [69], /huge ?page|hugepage|memory/i);
  }
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function whileUp(bench: Bench): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  const changed = await bench.write(
    "changed.yaml",
    pair(LAB, { nfs: { gen: { app: "pktgen" }, sink: { app: "stats", memory: "96MiB" } } }),
  );
  await bench.converge(file);
  {
    await using _limit = await limitHugePages(16);
    await bench.measure(file);
    bench.wantEnd("apply", await bench.run(["apply", changed, "--yes"]), [69], /huge ?page|hugepage|memory/i);
  }
  await bench.converge(changed);
  await bench.measure(changed);
  await bench.destroy(LAB);
}
