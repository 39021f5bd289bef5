import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { type Running, told } from "./support/corebed.ts";
import { eventually } from "./support/eventually.ts";
import { packetsOf } from "./support/nf-socket.ts";
import { someNumbers } from "./support/random.ts";
import { hangDatabase } from "./support/switch-process.ts";
import { pair } from "./support/topology.ts";

const bed = setUpBed("it-crash");
const LAB = "it-crash";

/** Over a docker bridge and vhost-user at once, so that every kind of resource but a veth is there. */
const mixed = pair(LAB, {
  cores: { 0: "switch", 1: ["gen", "fwd", "sink"] },
  nfs: { gen: { app: "pktgen" }, fwd: { app: "l2fwd" }, sink: { app: "stats" } },
  chains: { main: { path: ["gen", "fwd", "sink"], hops: ["macvlan", "vhost-user"] } },
});

/** What apply and destroy say when an operation is done. */
const CREATED = [
  /created directory:\(lab\)/,
  /created veth:/,
  /created network:/,
  /created nf:/,
  /created switch:switch/,
  /created switch-config/,
  /created bridge:/,
];
const REMOVED = [/removed nf:/, /removed switch:switch/, /removed network:/, /removed veth:/];

describe("apply is killed", () => {
  test.each(CREATED)("after %s: the next apply completes the lab, destroy leaves nothing", async (line) => {
    const file = await bed.write("lab.yaml", mixed);
    await killAt(bed.start(["apply", file]), (running) => running.says(line));
    await bed.expectExit(0, ["apply", file, "--yes"]);
    await bed.expectExit(0, ["plan", file]);
    expectTraffic(await bed.measure(file));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test.each(someNumbers(20_261_121, 5, 400, 1_600))("after %i ms: destroy alone leaves nothing", async (ms) => {
    const file = await bed.write("lab.yaml", mixed);
    await killAt(bed.start(["apply", file]), () => delay(ms));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test.each(someNumbers(7, 3, 450, 1_300))("after %i ms: the next apply completes the lab", async (ms) => {
    const file = await bed.write("lab.yaml", mixed);
    await killAt(bed.start(["apply", file]), () => delay(ms));
    await bed.expectExit(0, ["apply", file, "--yes"]);
    await bed.expectExit(0, ["plan", file]);
    expectTraffic(await bed.measure(file));
  });
});

describe("destroy is killed", () => {
  test.each(REMOVED)("after %s: the next destroy ends it", async (line) => {
    const file = await bed.write("lab.yaml", mixed);
    await bed.expectExit(0, ["apply", file]);
    await killAt(bed.start(["destroy", LAB]), (running) => running.says(line));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test("after something was removed: the next apply makes the lab whole again", async () => {
    const file = await bed.write("lab.yaml", mixed);
    await bed.expectExit(0, ["apply", file]);
    await killAt(bed.start(["destroy", LAB]), (running) => running.says(/removed nf:/));
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));
  });
});

describe("the switch hangs", () => {
  test("destroy removes the lab all the same", async () => {
    const file = await bed.write("lab.yaml", mixed);
    await bed.expectExit(0, ["apply", file]);
    await hangDatabase(LAB);
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});

describe("a run is killed", () => {
  test("while traffic flows: the next run works, and destroy leaves nothing", async () => {
    const long = await bed.write("long.yaml", {
      ...mixed,
      traffic: { rate: "20kpps", duration: "60s", warmup: "50ms" },
    });
    const short = await bed.write("short.yaml", mixed);
    await bed.expectExit(0, ["apply", long]);
    const running = bed.start(["run", long, "--trials", "1"]);
    await eventually(async () => (await packetsOf(LAB, "sink")).rx > 0, { what: "packets arrive" });
    await killAt(running, async () => {});
    // The generator still sends: nobody told it to stop.
    expectTraffic(await bed.measure(short));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});

describe("two commands on one lab", () => {
  test("two applies at once: one does it, the other names who does", async () => {
    const file = await bed.write("lab.yaml", mixed);
    const both = [bed.start(["apply", file]), bed.start(["apply", file])];
    const finished = await Promise.all(both.map((running) => running.finished));
    const codes = finished.map(({ code }) => code).toSorted();
    expect(
      [
        [0, 0],
        [0, 69],
      ],
      finished.map(told).join("\n"),
    ).toContainEqual(codes);
    const refused = finished.findIndex(({ code }) => code === 69);
    if (refused !== -1) {
      const holder = both[1 - refused]?.pid;
      expect(finished[refused]?.stderr).toBe(
        `error: lab ${LAB} is being changed by corebed apply (process ${holder})\n`,
      );
    }
    await bed.expectExit(0, ["plan", file]);
  });

  test("while one is at work every other is refused; once it was killed nobody is", async () => {
    const file = await bed.write("long.yaml", {
      ...mixed,
      traffic: { rate: "20kpps", duration: "60s", warmup: "50ms" },
    });
    const running = bed.start(["run", file, "--trials", "1"]);
    await running.says(/created flows:br0/);
    for (const args of [
      ["apply", file],
      ["destroy", LAB],
      ["run", file],
    ]) {
      const refused = await bed.expectExit(69, args);
      expect(refused.stderr).toContain(`lab ${LAB} is being changed by corebed run (process ${running.pid})`);
      expect(refused.stdout).toBe("");
    }
    // Looking is allowed.
    await bed.expectExit(0, ["plan", file]);
    await bed.expectExit(0, ["status", LAB]);
    await killAt(running, async () => {});
    await bed.expectExit(0, ["apply", file]);
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});

/** SIGKILL at a moment; a command that was done before is as good. */
async function killAt(running: Running, moment: (running: Running) => Promise<unknown>): Promise<void> {
  await Promise.race([moment(running), running.finished]);
  running.kill("SIGKILL");
  await running.finished;
}
