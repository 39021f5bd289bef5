import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { onWire } from "../../src/topology/datapaths.ts";
import type { Datapath } from "../../src/topology/topology.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { POSSIBLE_CARRIERS } from "./support/carriers.ts";
import { command } from "./support/command.ts";
import { REPOSITORY } from "./support/corebed.ts";
import { pair, TRAFFIC, trio } from "./support/topology.ts";

const bed = setUpBed("it-path");

/** OVS's sockets overflow while something else has its CPU: a rate at which they hold what comes in a tenth of a second, so that a busy machine loses nothing. */
function trafficOn(datapath: Datapath): typeof TRAFFIC | (Omit<typeof TRAFFIC, "rate"> & { readonly rate: "2kpps" }) {
  return onWire(datapath) ? { ...TRAFFIC, rate: "2kpps" } : TRAFFIC;
}

describe("every datapath carries packets, all accounted for, and leaves no trace", () => {
  test.each(POSSIBLE_CARRIERS)("%s: apply, run, destroy", async (datapath) => {
    const file = await bed.write("lab.yaml", pair("it-path", { datapath, traffic: trafficOn(datapath) }));
    await bed.expectExit(0, ["apply", file]);
    const result = await bed.measure(file);
    expectTraffic(result);
    const [trial] = result.arms[0]?.trials ?? [];
    // 20 or 2 kpps for 0.3 s.
    expect(trial?.chains[0]?.sent).toBeGreaterThan(onWire(datapath) ? 500 : 5_000);
    expect(trial?.lossRatio).toBeLessThan(0.05);
    await bed.expectExit(0, ["plan", file]);
    await bed.expectExit(0, ["destroy", "it-path"]);
    await bed.expectNoTrace();
  });

  test.each(POSSIBLE_CARRIERS)("%s: through a forwarder", async (datapath) => {
    const file = await bed.write("lab.yaml", trio("it-path", { datapath, traffic: trafficOn(datapath) }));
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.lossRatio).toBeLessThan(0.05);
    // The lab was not up before: run takes away what it brought up.
    await bed.expectNoTrace();
  });

  test.each(["vhost-user", "memif", "docker-bridge"] as const)("%s: two chains at once", async (datapath) => {
    const file = await bed.write("lab.yaml", {
      ...pair("it-path", { datapath }),
      cores: { 0: "switch", 1: ["gen-a", "sink-a", "gen-b", "fwd-b", "sink-b"] },
      nfs: {
        "gen-a": { app: "pktgen" },
        "sink-a": { app: "stats" },
        "gen-b": { app: "pktgen" },
        "fwd-b": { app: "l2fwd" },
        "sink-b": { app: "stats" },
      },
      chains: { short: ["gen-a", "sink-a"], long: ["gen-b", "fwd-b", "sink-b"] },
    });
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.chains.map((chain) => chain.chain)).toEqual(["short", "long"]);
    await bed.expectNoTrace();
  });

  test("at the highest rate that the port takes, over vhost-user, memif and a docker bridge", async () => {
    for (const datapath of ["vhost-user", "memif", "docker-bridge"] as const) {
      const file = await bed.write("lab.yaml", pair("it-path", { datapath, traffic: { ...TRAFFIC, rate: "max" } }));
      expectTraffic(await bed.measure(file));
    }
    await bed.expectNoTrace();
  });

  test.each(["af-xdp", "ovs-veth"] as const)(
    "%s: what lost its veth pair is made anew, and carries packets again",
    async (datapath) => {
      const file = await bed.write("lab.yaml", trio("it-path", { datapath }));
      await bed.expectExit(0, ["apply", file]);
      await command("docker", "restart", "--time", "1", "corebed.it-path.fwd");
      const { steps } = await bed.plan(file);
      expect(steps.filter(({ action }) => action === "replace").map(({ id }) => id)).toEqual([
        "nf:fwd",
        "port:fwd-p0",
        "port:fwd-p1",
      ]);
      await bed.expectExit(0, ["apply", "--yes", file]);
      expectTraffic(await bed.measure(file));
      await bed.expectExit(0, ["plan", file]);
      await bed.expectExit(0, ["destroy", "it-path"]);
      await bed.expectNoTrace();
    },
  );

  test("none: the generator alone is measured, and has nothing to lose", async () => {
    const file = await bed.write("lab.yaml", {
      name: "it-path",
      cores: { 1: "gen" },
      nfs: { gen: { app: "pktgen" } },
      chains: { main: ["gen"] },
      datapath: "none",
      traffic: { ...TRAFFIC, rate: "max" },
    });
    await bed.expectExit(0, ["apply", file]);
    const result = await bed.measure(file);
    const [trial] = result.arms[0]?.trials ?? [];
    expect(trial?.chains[0]?.ledger).toMatchObject({ balanced: true, dropped: 0 });
    expect(trial?.throughputPps).toBeGreaterThan(100_000);
    await bed.expectExit(0, ["plan", file]);
    await bed.expectExit(0, ["destroy", "it-path"]);
    await bed.expectNoTrace();
  });

  test("large frames of many flows: the switch takes other memory for them", async () => {
    const traffic = { ...TRAFFIC, rate: "5kpps", frame: 1518, flows: 64 };
    for (const datapath of ["vhost-user", "docker-bridge"] as const) {
      const file = await bed.write("lab.yaml", pair("it-path", { datapath, traffic }));
      const result = await bed.measure(file);
      expectTraffic(result);
      expect(result.arms[0]?.traffic.frames).toEqual([{ bytes: 1518, weight: 1 }]);
    }
    await bed.expectNoTrace();
  });
});

describe("topologies that the repository ships", () => {
  /** The file as it is, but for its name and a shorter traffic. */
  async function shipped(file: string, rate: string): Promise<string> {
    const text = await readFile(`${REPOSITORY}topologies/${file}`, "utf8");
    const own = text
      .replace(/^name: .*$/m, "name: it-path")
      .replace(/^traffic:.*$/m, `traffic: { rate: ${rate}, duration: 300ms, warmup: 50ms }`);
    expect(own).toContain("duration: 300ms");
    return bed.write(file, own);
  }

  test("mixed-hops: a docker bridge, then vhost-user", async () => {
    const file = await shipped("mixed-hops.yaml", "20kpps");
    await bed.expectExit(0, ["apply", file, "--fold-cores"]);
    const result = await bed.measure(file, "--fold-cores");
    expectTraffic(result);
    const places = result.arms[0]?.trials[0]?.chains[0]?.ledger.points.map((point) => point.at) ?? [];
    expect(places.filter((place) => place.startsWith("bridge port"))).toHaveLength(2);
    expect(places.filter((place) => place.startsWith("switch port"))).toHaveLength(2);
    await bed.expectExit(0, ["destroy", "it-path"]);
    await bed.expectNoTrace();
  });

  test("af-xdp, then vhost-user: the kernel's share of the buffers leaves the other ring enough", async () => {
    const chains = { main: { path: ["gen", "fwd", "sink"], hops: ["af-xdp" as const, "vhost-user" as const] } };
    const file = await bed.write("lab.yaml", trio("it-path", { chains, traffic: trafficOn("af-xdp") }));
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.lossRatio).toBeLessThan(0.05);
    await bed.expectNoTrace();
  });

  test("long-chain: twelve NFs take turns on one core", async () => {
    const file = await shipped("long-chain.yaml", "5kpps");
    await bed.expectExit(0, ["apply", file]);
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.lossRatio).toBeLessThan(0.5);
    await bed.expectExit(0, ["destroy", "it-path"]);
    await bed.expectNoTrace();
  });
});
