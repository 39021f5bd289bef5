import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/plan/plan.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command, containerIds } from "./support/command.ts";
import { pair, TRAFFIC, trio } from "./support/topology.ts";

const LAB = "it-memif";
const bed = setUpBed(LAB);

/** Steps of a plan that do something to what is there or missing. */
const waiting = ({ steps }: Plan): readonly string[] =>
  steps.filter(({ action }) => action !== "keep").map(({ action, id }) => `${action} ${id}`);

describe("a chain over memif", () => {
  test("with vhost-user on the other hop, in either order, on one core", async () => {
    for (const order of [["memif", "vhost-user"] as const, ["vhost-user", "memif"] as const]) {
      const file = await bed.write(
        "lab.yaml",
        trio(LAB, { chains: { main: { path: ["gen", "fwd", "sink"], hops: [...order] } } }),
      );
      await bed.expectExit(0, ["apply", file]);
      await bed.expectExit(0, ["plan", file]);
      expectTraffic(await bed.measure(file));
      await bed.expectExit(0, ["destroy", LAB]);
    }
    await bed.expectNoTrace();
  });

  test("between two hops of vhost-user: nobody waits for the switch while it waits for him", async () => {
    const file = await bed.write(
      "lab.yaml",
      trio(LAB, {
        cores: { 0: "switch", 1: ["gen", "fwd", "next", "sink"] },
        nfs: { gen: { app: "pktgen" }, fwd: { app: "l2fwd" }, next: { app: "l2fwd" }, sink: { app: "stats" } },
        chains: { main: { path: ["gen", "fwd", "next", "sink"], hops: ["vhost-user", "memif", "vhost-user"] } },
      }),
    );
    expectTraffic(await bed.measure(file));
    await bed.expectNoTrace();
  });

  test("both ways, with jumbo frames", async () => {
    const traffic = { ...TRAFFIC, rate: "5kpps", frame: 9000, direction: "both" } as const;
    const file = await bed.write("lab.yaml", trio(LAB, { datapath: "memif", traffic }));
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.chains.map(({ direction }) => direction ?? "forward")).toEqual([
      "forward",
      "reverse",
    ]);
    await bed.expectNoTrace();
  });

  test("straight into the buffers of forwarder and receiver, small frames and jumbo ones", async () => {
    const nfs = {
      gen: { app: "pktgen" },
      fwd: { app: "l2fwd", memif: { zeroCopy: true } },
      sink: { app: "stats", memif: { zeroCopy: true } },
    } as const;
    for (const frame of [64, 9000]) {
      const traffic = { ...TRAFFIC, rate: "5kpps", frame, flows: 100 } as const;
      const file = await bed.write("lab.yaml", trio(LAB, { datapath: "memif", nfs, traffic }));
      await bed.expectExit(0, ["apply", file]);
      await bed.expectExit(0, ["plan", file]);
      expectTraffic(await bed.measure(file));
      await bed.expectExit(0, ["destroy", LAB]);
    }
    // As fast as they go, on CPUs of their own: what is overwritten too early would be lost or out of order.
    const traffic = { ...TRAFFIC, rate: "max" } as const;
    const file = await bed.write("lab.yaml", trio(LAB, { datapath: "memif", nfs, traffic }));
    const result = await bed.measure(file);
    expectTraffic(result);
    const [chain] = result.arms[0]?.trials[0]?.chains ?? [];
    expect([chain?.reordered, chain?.duplicates]).toEqual([0, 0]);
    await bed.expectNoTrace();
  });

  test("with testpmd in the middle, which listens", async () => {
    const file = await bed.write(
      "lab.yaml",
      trio(LAB, {
        datapath: "memif",
        nfs: { gen: { app: "pktgen" }, fwd: { app: "testpmd" }, sink: { app: "stats" } },
      }),
    );
    const result = await bed.measure(file);
    const [chain] = result.arms[0]?.trials[0]?.chains ?? [];
    expect(chain?.received).toBeGreaterThan(0.9 * (chain?.sent ?? 0));
    await bed.expectNoTrace();
  });
});

describe("an NF that dies", () => {
  test("as a server is made anew with its client, as a client alone", async () => {
    const file = await bed.write("lab.yaml", trio(LAB, { datapath: "memif" }));
    await bed.expectExit(0, ["apply", file]);
    const before = await containerIds(LAB);
    await command("docker", "kill", `corebed.${LAB}.gen`);
    expect(waiting(await bed.plan(file)).toSorted()).toEqual(["replace nf:fwd", "replace nf:gen"]);
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));

    const between = await containerIds(LAB);
    expect(between.get("sink")).toBe(before.get("sink"));
    await command("docker", "kill", `corebed.${LAB}.fwd`);
    expect(waiting(await bed.plan(file))).toEqual(["replace nf:fwd"]);
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));
    expect((await containerIds(LAB)).get("gen")).toBe(between.get("gen"));
  });

  test("and that somebody started again behind corebed's back: its client is found and made anew", async () => {
    const file = await bed.write("lab.yaml", pair(LAB, { datapath: "memif" }));
    await bed.expectExit(0, ["apply", file]);
    await command("docker", "restart", "--time", "1", `corebed.${LAB}.gen`);
    await expect.poll(async () => waiting(await bed.plan(file)), { timeout: 10_000 }).toEqual(["replace nf:sink"]);
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));

    // A client comes back by itself.
    await command("docker", "restart", "--time", "1", `corebed.${LAB}.sink`);
    await expect.poll(async () => waiting(await bed.plan(file)), { timeout: 10_000 }).toEqual([]);
    expectTraffic(await bed.measure(file));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});
