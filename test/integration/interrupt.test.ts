import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { setUpBed } from "./support/bed.ts";
import { lines } from "./support/command.ts";
import { eventually } from "./support/eventually.ts";
import { askNf, packetsOf } from "./support/nf-socket.ts";
import { pair, TRAFFIC } from "./support/topology.ts";

const bed = setUpBed("it-int");
const LAB = "it-int";
const LONG = { ...TRAFFIC, duration: "60s" };

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s during a trial stops traffic and keeps what was measured",
  async (signal) => {
    const file = await bed.write("lab.yaml", pair(LAB, { traffic: LONG }));
    const out = join(bed.directory(), "partial.json");
    const running = bed.start(["run", file, "--trials", "2", "--out", out]);
    await running.says(/created flows:br0/);
    await measuredTraffic(LAB);

    running.kill(signal);
    const finished = await running.finished;
    expect(finished.code, finished.stderr).toBe(130);
    expect(finished.stderr).toContain(`${signal}: stopping what is under way; once more to end at once`);
    expect(finished.stderr).toContain(`Still there for a look: ${LAB}. Remove with: corebed destroy ${LAB}`);
    expect(finished.stdout).toContain(`Result file: ${out}`);

    const result = await bed.readResult(out);
    expect(result.complete).toBe(false);
    const trials = result.arms[0]?.trials ?? [];
    expect(trials).toHaveLength(1);
    expect(trials[0]?.complete).toBe(false);
    expect(trials[0]?.chains[0]?.received).toBeGreaterThan(0);
    // What is not complete goes into no median.
    expect(result.arms[0]?.throughputPps).toBeUndefined();

    // Nothing is sent any more.
    expect((await askNf(LAB, "gen", "stats"))?.running).toBe(false);
    const then = await packetsOf(LAB, "gen");
    expect(await packetsOf(LAB, "gen")).toEqual(then);
    expect((await bed.expectExit(0, ["status", LAB])).stdout).toMatch(/^Lab it-int: up$/m);
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  },
);

test("Ctrl-C while a lab is brought up: nothing more is begun, and what is there can be removed", async () => {
  const file = await bed.write("lab.yaml", pair(LAB));
  const running = bed.start(["apply", file]);
  await running.says(/created directory:gen/);
  running.kill("SIGINT");
  const finished = await running.finished;
  expect(finished.code, finished.stderr).toBe(130);
  expect(finished.stderr).toContain("create bridge:br0: skipped because interrupted");
  // Being interrupted is no failure.
  expect(finished.stderr).not.toContain("failed");
  expect(finished.stderr).toContain("lab it-int: interrupted before everything was done");
  await bed.expectExit(0, ["destroy", LAB]);
  await bed.expectNoTrace();
});

test("a second Ctrl-C ends at once", async () => {
  const file = await bed.write("lab.yaml", pair(LAB, { traffic: LONG }));
  const running = bed.start(["run", file, "--trials", "1"]);
  await running.says(/created flows:br0/);
  await measuredTraffic(LAB);
  running.kill("SIGINT");
  await running.says(/SIGINT: stopping/);
  running.kill("SIGINT");
  expect((await running.finished).code).toBe(130);
  expect(await readdir("/run/corebed-progress")).not.toContain(`${running.pid}.json`);
});

test("Ctrl-C during compare: the result has the trials until then, all labs are named", async () => {
  const file = await bed.write("lab.yaml", {
    ...pair(LAB, { traffic: { ...TRAFFIC, duration: "3s" } }),
    compare: { datapaths: ["docker-bridge", "vhost-user"], repeats: 5 },
  });
  const out = join(bed.directory(), "partial.json");
  const running = bed.start(["compare", file, "--out", out]);
  // A lab is brought up when its turn comes: after the second's first trial both are there.
  await running.says(/trial +\d+\/\d+ +vhost-user/);
  running.kill("SIGINT");
  const finished = await running.finished;
  expect(finished.code, finished.stderr).toBe(130);
  expect(finished.stderr).toContain(`Still there for a look: ${LAB}-docker-bridge, ${LAB}-vhost-user.`);
  const result = await bed.readResult(out);
  expect(result.complete).toBe(false);
  expect(result.arms.flatMap((arm) => arm.trials).filter((trial) => trial.complete).length).toBeGreaterThanOrEqual(2);
  // All are frozen, so that none takes a CPU from what comes next.
  const states = await lines("docker", "ps", "--filter", `label=corebed.group=${LAB}`, "--format", "{{.Status}}");
  expect(states).toHaveLength(5);
  for (const state of states) expect(state).toContain("(Paused)");

  await bed.expectExit(0, ["destroy", file]);
  await bed.expectNoTrace();
  expect((await readdir(bed.directory())).filter((name) => name.endsWith(".part"))).toEqual([]);
});

/** Waits until a trial that counts is under way: its stamp is even, that of its warm-up odd. */
async function measuredTraffic(lab: string): Promise<void> {
  await eventually(
    async () => {
      const stats = await askNf(lab, "sink", "stats");
      const app = stats?.app as { readonly received: number };
      const stamp = Number(stats?.trial ?? 0);
      return stamp > 0 && stamp % 2 === 0 && app.received > 100;
    },
    { what: "packets of the measured trial arrive" },
  );
}
