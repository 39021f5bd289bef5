import { describe, expect, test } from "vitest";
import type { TopologyInput } from "../../src/topology/schema.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { containerIds } from "./support/command.ts";
import { standIns, TRAFFIC } from "./support/topology.ts";

const LAB = "it-shared-nf";
const bed = setUpBed(LAB);

/** Two chains that share a forwarder and a counter; the members of `other` take the place of these. */
function shared(other: Partial<TopologyInput> = {}): TopologyInput {
  return {
    name: LAB,
    cores: { 0: "switch", 1: ["gen-a", "gen-b", "fwd", "sink"] },
    nfs: {
      "gen-a": { app: "pktgen" },
      "gen-b": { app: "pktgen" },
      fwd: { app: "l2fwd" },
      sink: { app: "stats" },
    },
    chains: { a: ["gen-a", "fwd", "sink"], b: ["gen-b", "fwd", "sink"] },
    traffic: { ...TRAFFIC, rate: "5kpps" },
    ...(other.datapath === "nic" && { nics: standIns(8) }),
    ...other,
  };
}

describe("two chains that share a forwarder and a counter", () => {
  test.each(["vhost-user", "memif", "docker-bridge", "macvlan", "host", "af-xdp", "ovs-veth", "nic"] as const)(
    "over %s: every packet of each is accounted for by itself",
    async (datapath) => {
      const file = await bed.write("lab.yaml", shared({ datapath }));
      await bed.expectExit(0, ["apply", file, "--yes"]);
      expect((await bed.plan(file)).steps.filter(({ action }) => action !== "keep")).toEqual([]);
      const result = await bed.measure(file);
      expectTraffic(result);
      for (const trial of result.arms.flatMap((arm) => arm.trials)) {
        expect(trial.chains.map(({ chain }) => chain)).toEqual(["a", "b"]);
        for (const { chain, received, latencyNs } of trial.chains) {
          expect(latencyNs?.count, `packets of chain ${chain} whose latency is known`).toBe(received);
        }
        const places = trial.chains.map(({ ledger }) => ledger.points.map(({ at }) => at));
        expect(places[0]).toEqual(expect.arrayContaining(["fwd port 0 rx", "fwd port 1 tx", "sink port 0 rx"]));
        expect(places[1]).toEqual(expect.arrayContaining(["fwd port 2 rx", "fwd port 3 tx", "sink port 1 rx"]));
      }
      await bed.expectExit(0, ["destroy", LAB]);
      await bed.expectNoTrace();
    },
  );

  test("what the forwarder drops because it was told to is told of the chain that it was of", async () => {
    const nfs: TopologyInput["nfs"] = { ...shared().nfs, fwd: { app: "l2fwd", drop: [{ every: 3 }] } };
    const file = await bed.write("lab.yaml", shared({ nfs, datapath: "memif" }));
    await bed.expectExit(0, ["apply", file, "--yes"]);
    const result = await bed.measure(file);
    expectTraffic(result);
    for (const { chains } of result.arms.flatMap((arm) => arm.trials)) {
      const drops = chains.map(({ ledger }) =>
        ledger.points
          .flatMap((point) => point.drops)
          .filter(({ reason }) => reason === "a rule of the forwarder said so")
          .map(({ counter, packets }) => [counter, packets > 0]),
      );
      expect(drops).toEqual([[["NF fwd ports[1].app.dropped", true]], [["NF fwd ports[3].app.dropped", true]]]);
    }
  });

  test("testpmd passes the packets of each chain on by the ports of that chain", async () => {
    const nfs: TopologyInput["nfs"] = { ...shared().nfs, fwd: { app: "testpmd" } };
    const file = await bed.write("lab.yaml", shared({ nfs, datapath: "vhost-user" }));
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));
  });
});

test("a second chain that is added to a running lab changes what it shares, and leaves the first chain's generator alone", async () => {
  const { nfs, ...rest } = shared({ datapath: "vhost-user", chains: { a: ["gen-a", "fwd", "sink"] } });
  const one = await bed.write("one.yaml", {
    ...rest,
    cores: { 0: "switch", 1: ["gen-a", "fwd", "sink"] },
    nfs: { "gen-a": { app: "pktgen" }, fwd: nfs.fwd ?? {}, sink: nfs.sink ?? {} },
  });
  await bed.expectExit(0, ["apply", one, "--yes"]);
  expectTraffic(await bed.measure(one));
  const before = await containerIds(LAB);

  const two = await bed.write("two.yaml", shared({ datapath: "vhost-user" }));
  const plan = await bed.plan(two);
  const actions = new Map(plan.steps.map(({ id, action }) => [id, action]));
  expect(["nf:gen-a", "nf:gen-b", "nf:fwd", "nf:sink", "switch:switch"].map((id) => actions.get(id))).toEqual([
    "keep",
    "create",
    "replace",
    "replace",
    "keep",
  ]);
  await bed.expectExit(0, ["apply", two, "--yes"]);
  expectTraffic(await bed.measure(two));
  expect((await containerIds(LAB)).get("gen-a")).toBe(before.get("gen-a"));

  await bed.expectExit(0, ["apply", one, "--yes"]);
  expectTraffic(await bed.measure(one));
});

test("a chain of 12 NFs on one CPU carries packets over memif", async () => {
  const forwarders = Array.from({ length: 10 }, (_, index) => `fwd${index + 1}`);
  const path = ["gen", ...forwarders, "sink"];
  const small = { memory: "32MiB", queueSize: 256 } as const;
  const file = await bed.write("lab.yaml", {
    name: LAB,
    cores: { 0: "switch", 1: path },
    nfs: {
      gen: { app: "pktgen", ...small },
      ...Object.fromEntries(forwarders.map((name) => [name, { app: "l2fwd", ...small }])),
      sink: { app: "stats", ...small },
    },
    chains: { main: path },
    datapath: "memif",
    traffic: { ...TRAFFIC, rate: "1kpps" },
  });
  await bed.expectExit(0, ["apply", file, "--yes"]);
  const result = await bed.measure(file);
  expectTraffic(result);
  expect(result.arms[0]?.trials[0]?.chains[0]?.ledger.points.at(-1)?.at).toBe("sink counted");
  await bed.expectExit(0, ["destroy", LAB]);
});
