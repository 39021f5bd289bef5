import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/plan/plan.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { containerIds, lines } from "./support/command.ts";
import { pair, trio } from "./support/topology.ts";

const bed = setUpBed("it-change");
const LAB = "it-change";

describe("a lab that is up follows its file", () => {
  test("a setting of the switch is changed where it is: no container is touched", async () => {
    const before = await bed.write("before.yaml", pair(LAB));
    const after = await bed.write("after.yaml", pair(LAB, { switch: { pmdMaxSleep: "50us" } }));
    await bed.expectExit(0, ["apply", before]);
    const ids = await containerIds(LAB);

    const plan = await bed.plan(after);
    expect(waiting(plan)).toEqual(["update switch-config:switch"]);
    expect(plan.steps.find((step) => step.action === "update")?.changes).toEqual([
      { path: "otherConfig.pmd-maxsleep", before: "0", after: "50" },
    ]);
    // Nothing goes away, so nobody is asked.
    await bed.expectExit(0, ["apply", after]);
    expect(await containerIds(LAB)).toEqual(ids);
    const sleep = await bed.expectExit(0, [
      "exec",
      LAB,
      "switch",
      "--",
      "ovs-vsctl",
      "get",
      "Open_vSwitch",
      ".",
      "other_config:pmd-maxsleep",
    ]);
    expect(sleep.stdout).toBe('"50"\n');
    expectTraffic(await bed.measure(after));
    await bed.expectExit(0, ["plan", after]);
  });

  test("an NF's memory: it is replaced, after a question, and its vhost-user port comes back", async () => {
    const before = await bed.write("before.yaml", pair(LAB));
    const after = await bed.write(
      "after.yaml",
      pair(LAB, { nfs: { gen: { app: "pktgen" }, sink: { app: "stats", memory: "48MiB" } } }),
    );
    await bed.expectExit(0, ["apply", before]);
    expectTraffic(await bed.measure(before));
    const ids = await containerIds(LAB);

    expect(waiting(await bed.plan(after))).toEqual(["replace nf:sink"]);
    const asked = await bed.expectExit(64, ["apply", after]);
    expect(asked.stdout).toBe("");
    expect(asked.stderr).toContain("-/+ nf:sink: differs from the topology and cannot be changed where it is");
    expect(asked.stderr).toContain("Interrupts traffic of chain main.");
    expect(asked.stderr).toContain("there is no terminal to ask on\n  = help: look at corebed plan, then add --yes");
    expect(await containerIds(LAB)).toEqual(ids);

    await bed.expectExit(0, ["apply", after, "--yes"]);
    const now = await containerIds(LAB);
    expect(now.get("gen")).toBe(ids.get("gen"));
    expect(now.get("switch")).toBe(ids.get("switch"));
    expect(now.get("sink")).not.toBe(ids.get("sink"));
    await bed.expectExit(0, ["plan", after]);
    expectTraffic(await bed.measure(after));
  });

  test("a forwarder comes into the chain and leaves it again", async () => {
    const short = await bed.write("short.yaml", pair(LAB));
    const long = await bed.write("long.yaml", trio(LAB));
    await bed.expectExit(0, ["apply", short]);
    expectTraffic(await bed.measure(short));

    const ids = await containerIds(LAB);
    const longer = await bed.plan(long);
    expect(waiting(longer)).toEqual(
      expect.arrayContaining(["create nf:fwd", "create directory:fwd", "update bridge:br0", "update flows:br0"]),
    );
    await bed.expectExit(0, ["apply", long, "--yes"]);
    expect((await containerIds(LAB)).get("switch")).toBe(ids.get("switch"));
    await bed.expectExit(0, ["plan", long]);
    expectTraffic(await bed.measure(long));

    expect(waiting(await bed.plan(short))).toEqual(
      expect.arrayContaining(["update bridge:br0", "update flows:br0", "delete nf:fwd", "delete directory:fwd"]),
    );
    await bed.expectExit(0, ["apply", short, "--yes"]);
    expect([...(await containerIds(LAB)).keys()].toSorted()).toEqual(["gen", "sink", "switch"]);
    await bed.expectExit(0, ["plan", short]);
    expectTraffic(await bed.measure(short));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test("from vhost-user to a docker bridge, to macvlan, to the host, and back", async () => {
    for (const datapath of ["vhost-user", "docker-bridge", "macvlan", "host", "vhost-user"] as const) {
      const file = await bed.write("lab.yaml", pair(LAB, { datapath }));
      await bed.expectExit(0, ["apply", file, "--yes"]);
      await bed.expectExit(0, ["plan", file]);
      expectTraffic(await bed.measure(file));
      const containers = [...(await containerIds(LAB)).keys()].toSorted();
      expect(containers).toEqual(datapath === "vhost-user" ? ["gen", "sink", "switch"] : ["gen", "sink"]);
      const networks = await lines("docker", "network", "ls", "--filter", `label=corebed.lab=${LAB}`, "--quiet");
      expect(networks).toHaveLength(datapath === "docker-bridge" || datapath === "macvlan" ? 1 : 0);
    }
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test("one chain changes while the NFs of the other stay", async () => {
    const chains = (frames: string) =>
      pair(LAB, {
        cores: { 0: "switch", 1: ["gen-a", "sink-a", "gen-b", "sink-b"] },
        nfs: {
          "gen-a": { app: "pktgen" },
          "sink-a": { app: "stats" },
          "gen-b": { app: "pktgen" },
          "sink-b": { app: "stats", memory: frames },
        },
        chains: { a: ["gen-a", "sink-a"], b: ["gen-b", "sink-b"] },
      });
    const before = await bed.write("before.yaml", chains("64MiB"));
    const after = await bed.write("after.yaml", chains("48MiB"));
    await bed.expectExit(0, ["apply", before]);
    const plan = await bed.plan(after);
    expect(waiting(plan)).toEqual(["replace nf:sink-b"]);
    expect(plan.steps.find((step) => step.id === "nf:sink-b")?.interrupts).toEqual(["b"]);
    await bed.expectExit(0, ["apply", after, "--yes"]);
    expectTraffic(await bed.measure(after));
  });
});

/** What a plan would do, without what stays. */
function waiting(plan: Plan): readonly string[] {
  return plan.steps.filter((step) => step.action !== "keep").map((step) => `${step.action} ${step.id}`);
}
