import type { TopologyInput } from "../../src/topology/schema.ts";
import { eventually } from "../integration/support/eventually.ts";
import { askNf } from "../integration/support/nf-socket.ts";
import { pair } from "../integration/support/topology.ts";
import type { Bench } from "./bench.ts";
import { LONG } from "./labs.ts";

/** A fault of something that a lab is made of. */
export interface Injury {
  readonly lab: string;
  /** Breaks it; the function that it gives ends what would stand in the way of everything after, if there is such a thing. */
  readonly happen: () => Promise<void | (() => Promise<void> | void)>;
  /** What the message of a trial in which it broke must name. */
  readonly cause: RegExp;
  /** What the next command says where it makes the broken thing anew, or cannot. */
  readonly mended: RegExp;
  /** Instead of a generator and a counter over vhost-user. */
  readonly topology?: TopologyInput;
  /** Whether a trial survives it: then the run may end well, and the packets have to be accounted for. */
  readonly harmless?: boolean;
}

/**
 * Breaks something while a measured trial is under way. The run has to end with a message that names the cause and without a result that calls a trial whole which was not; `apply`
 * has to make the lab work again.
 */
export async function injureTrial(bench: Bench, { lab, happen, cause, topology, harmless }: Injury): Promise<void> {
  const file = await bench.write("lab.yaml", topology ?? pair(lab));
  const long = await bench.write("long.yaml", { ...(topology ?? pair(lab)), traffic: LONG });
  await bench.converge(long);
  const out = bench.path("result.json");
  const args = ["run", long, "--trials", "1", "--out", out];
  const running = bench.start(args);
  await measuredTraffic(lab);
  const heal = await happen();
  try {
    const finished = await bench.ended(running, args);
    bench.wantEnd("run", finished, harmless === true ? [0, 1, 69] : [1, 69], cause);
    const result = await bench.resultAt(out);
    const whole = result?.arms.flatMap(({ trials }) => trials).filter(({ complete }) => complete) ?? [];
    if (harmless !== true && whole.length > 0) {
      bench.find(
        "wrong-result",
        `a trial is called complete: ${whole.map(({ flags }) => flags.map(({ code }) => code).join(","))}`,
      );
    }
    if (result?.complete === true && whole.length === 0)
      bench.find("wrong-result", "a result without a whole trial is called complete");
  } finally {
    await heal?.();
  }
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(lab);
}

/** Breaks something of a lab that is up and idle: `run` has to mend it or to name the cause. */
export async function injureIdle(bench: Bench, { lab, happen, cause, mended, topology }: Injury): Promise<void> {
  const file = await bench.write("lab.yaml", topology ?? pair(lab));
  await bench.converge(file);
  const heal = await happen();
  try {
    const out = bench.path("result.json");
    const finished = await bench.run(["run", file, "--trials", "1", "--out", out]);
    bench.wantEnd("run", finished, [0, 1, 69], new RegExp(`${cause.source}|${mended.source}`));
    await bench.resultAt(out);
  } finally {
    await heal?.();
  }
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(lab);
}

/** Breaks something of a lab that is up: `destroy` has to remove it all the same. */
export async function injureAndDestroy(bench: Bench, { lab, happen, topology }: Injury): Promise<void> {
  await bench.converge(await bench.write("lab.yaml", topology ?? pair(lab)));
  const heal = await happen();
  try {
    await bench.destroy(lab);
  } finally {
    await heal?.();
  }
}

/** Waits until a trial that counts is under way: its stamp is even, that of its warm-up odd. */
async function measuredTraffic(lab: string): Promise<void> {
  await eventually(
    async () => {
      const stats = await askNf(lab, "sink", "stats").catch(() => undefined);
      if (stats === undefined || stats === null) return false;
      const stamp = Number(stats.trial);
      return stamp > 0 && stamp % 2 === 0 && (stats.app as { readonly received: number }).received > 100;
    },
    { what: "packets of the measured trial arrive", timeoutMs: 60_000 },
  );
}
