import { expect, test } from "vitest";
import { median } from "../../src/measure/summary.ts";
import { onWire } from "../../src/topology/datapaths.ts";
import type { TopologyInput } from "../../src/topology/schema.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { pair, trio } from "./support/topology.ts";

const bed = setUpBed("it-shaping");
const LAB = "it-shaping";

/** More than the limit, but not so much that a loaded machine cannot send it. */
const ABOVE = { frame: 512, rate: "10kpps", duration: "2s", warmup: "50ms" } as const;

function limited(datapath: string, limit: unknown, traffic: TopologyInput["traffic"] = ABOVE): TopologyInput {
  const chains = { main: { path: ["gen", "sink"], hops: [{ limit }] } };
  return pair(LAB, { datapath, chains, traffic } as Partial<TopologyInput>);
}

const PLACES = [
  ["vhost-user", "ingress", "ingress-policed"],
  ["vhost-user", "egress", "egress-policed"],
  ["vhost-user", "meter", "metered"],
  ["docker-bridge", "egress", "egress-policed"],
  ["macvlan", "egress", "egress-policed"],
  ["host", "egress", "egress-policed"],
  ["af-xdp", "meter", "metered"],
  ["ovs-veth", "meter", "metered"],
] as const;

/** What a hop may be off; a bucket's first burst, 20 ms of the rate, is a third of it. */
const TOLERANCE = 0.02;

test.each(PLACES)("%s holds a rate at %s to 2 %%, and every packet over it is named", async (datapath, at, reason) => {
  // OVS's own sockets overflow while something else has its CPU: a tenth of the rate lies in them easily.
  const [rate, limit, askedBps] = onWire(datapath) ? ["2kpps", "4Mbps", 4e6] : ["10kpps", "20Mbps", 20e6];
  const traffic = { ...ABOVE, rate, duration: "3s" } as TopologyInput["traffic"];
  const file = await bed.write("lab.yaml", limited(datapath, { rate: limit, at }, traffic));
  const result = await bed.measure(file, "--trials", "3");
  expectTraffic(result);
  expect(result.errors).toEqual([]);
  const trials = result.arms[0]?.trials ?? [];
  for (const [chain] of trials.map(({ chains }) => chains)) {
    expect(chain?.limits).toMatchObject([{ from: "gen", to: "sink", at, askedBps }]);
    const drops = chain?.ledger.droppedByReason.find((drop) => drop.reason.startsWith(reason));
    expect(shareOf(chain?.sent, drops?.packets)).toBeGreaterThan(0.1);
    expect(chain?.ledger.unexplained).toBe(0);
  }
  const ratios = (some: typeof trials) =>
    some.flatMap(({ chains }) => (chains[0]?.limits ?? []).map(({ achievedBps }) => achievedBps / askedBps));
  // A bucket lets no more through on any machine; a policer that is kept from its CPU for longer than the burst lasts lets less through, and the trial says so.
  expect(median(ratios(trials))).toBeLessThan(1 + TOLERANCE);
  const calm = trials.filter(({ flags }) => flags.every(({ code }) => code === "note"));
  if (calm.length > 0) expect(Math.max(...ratios(calm))).toBeGreaterThan(1 - TOLERANCE);
  await bed.expectNoTrace();
});

/** Share of what was sent. */
function shareOf(sent = 0, dropped = 0): number {
  return dropped / sent;
}

test.each([
  ["vhost-user", "limits:br0"],
  ["docker-bridge", "shaper:gen-p0"],
  ["host", "shaper:gen-p0"],
])("on %s a rate is changed in place, and one that was changed from outside is seen", async (datapath, id) => {
  const file = await bed.write("lab.yaml", limited(datapath, "20Mbps"));
  await bed.expectExit(0, ["apply", file, "--fold-cores"]);
  expect(changes(await bed.plan(file, "--fold-cores"))).toEqual([]);

  await bed.write("lab.yaml", limited(datapath, "40Mbps"));
  expect(changes(await bed.plan(file, "--fold-cores"))).toEqual([["update", id]]);
  await bed.expectExit(0, ["apply", file, "--fold-cores"]);
  expect(changes(await bed.plan(file, "--fold-cores"))).toEqual([]);

  if (datapath === "vhost-user") {
    const cleared = ["ovs-vsctl", "clear", "Port", "sink-p0", "qos"];
    await bed.expectExit(0, ["exec", LAB, "switch", "--", ...cleared]);
  } else {
    const pid = await command("docker", "inspect", "-f", "{{.State.Pid}}", `corebed.${LAB}.gen`);
    const tc = (...args: readonly string[]) => command("nsenter", "--target", pid, "--net", "tc", ...args);
    const queues = JSON.parse(await tc("-j", "qdisc", "show")) as readonly { handle: string; dev: string }[];
    await tc("qdisc", "delete", "dev", queues.find(({ handle }) => handle === "cb1:")?.dev ?? "", "root");
  }
  expect(changes(await bed.plan(file, "--fold-cores"))).toEqual([["create", id]]);
  await bed.expectExit(0, ["apply", file, "--fold-cores"]);
  expect(changes(await bed.plan(file, "--fold-cores"))).toEqual([]);
  await bed.expectExit(0, ["destroy", LAB]);
  await bed.expectNoTrace();
});

test("a limit that is lifted leaves no row behind, and nobody is asked", async () => {
  const file = await bed.write("lab.yaml", limited("vhost-user", "20Mbps"));
  await bed.expectExit(0, ["apply", file, "--fold-cores"]);
  await bed.write("lab.yaml", pair(LAB, { traffic: ABOVE }));
  expect(changes(await bed.plan(file, "--fold-cores"))).toEqual([["delete", "limits:br0"]]);
  await bed.expectExit(0, ["apply", file, "--fold-cores"]);
  const { stdout } = await bed.expectExit(0, [
    "exec",
    LAB,
    "switch",
    "--",
    "ovs-vsctl",
    "--columns=_uuid",
    "list",
    "qos",
  ]);
  expect(stdout.trim()).toBe("");
});

test.each(["vhost-user", "docker-bridge", "memif"])(
  "a bad line over %s does what it was asked to",
  async (datapath) => {
    const nfs = {
      gen: { app: "pktgen" },
      line: { app: "impair", delay: "20ms", loss: "10%", duplicate: "5%", seed: 3 },
      sink: { app: "stats" },
    };
    const lab = {
      datapath,
      nfs,
      cores: { 0: "switch", 1: ["gen", "line", "sink"] },
      chains: { main: ["gen", "line", "sink"] },
      traffic: { frame: 128, rate: "10kpps", duration: "3s", warmup: "50ms" },
    };
    const file = await bed.write("lab.yaml", trio(LAB, lab as Partial<TopologyInput>));
    const result = await bed.measure(file);
    const [chain] = result.arms[0]?.trials[0]?.chains ?? [];
    const took = chain?.ledger.points.find(({ at }) => at === "line port 0 rx")?.packets ?? 0;
    const left = chain?.ledger.points.find(({ at }) => at === "line port 1 tx");
    const lost = left?.drops.find(({ reason }) => reason.startsWith("the bad line lost"))?.packets ?? 0;
    expect(took).toBeGreaterThan(5000);
    // The lots of some thousand packets: three standard deviations.
    expect(Math.abs(lost - took * 0.1)).toBeLessThan(3 * Math.sqrt(took * 0.1 * 0.9));
    expect(Math.abs((left?.copies ?? 0) - (took - lost) * 0.05)).toBeLessThan(3 * Math.sqrt(took * 0.05 * 0.95));
    expect(chain?.duplicates).toBeGreaterThan(0);
    expect(chain?.ledger.unexplained).toBe(0);
    expect(result.errors).toEqual([]);
    // No packet is early, and the quickest is on time: the others wait for CPUs as well where the machine is loaded.
    expect(chain?.latencyNs?.min).toBeGreaterThan(20e6 * 0.98);
    expect(chain?.latencyNs?.min).toBeLessThan(20e6 * 1.02);
    await bed.expectNoTrace();
  },
);

function changes(plan: Awaited<ReturnType<typeof bed.plan>>) {
  return plan.steps.filter(({ action }) => action !== "keep").map(({ action, id }) => [action, id]);
}
