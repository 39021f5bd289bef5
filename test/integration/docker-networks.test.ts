import { afterEach, describe, expect, test } from "vitest";
import { MACVLAN_MODES } from "../../src/topology/topology.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { HAS_IPVLAN } from "./support/carriers.ts";
import { command, lines } from "./support/command.ts";
import { pair, TRAFFIC, trio } from "./support/topology.ts";

const bed = setUpBed("it-dnet");
const SLOW = { ...TRAFFIC, rate: "2kpps" } as const;

/** A veth pair that stands in for two cards of the user's with a cable between them. */
const CARDS = ["itdnet0", "itdnet1"] as const;

async function macs(): Promise<readonly string[]> {
  const found = await Promise.all(CARDS.map((name) => lines("cat", `/sys/class/net/${name}/address`)));
  return found.flat();
}

const swarmState = () => command("docker", "info", "--format", "{{.Swarm.LocalNodeState}}");

afterEach(async () => {
  await command("ip", "link", "delete", CARDS[0]).catch(() => "");
});

describe("macvlan", () => {
  test.each(MACVLAN_MODES)("in mode %s: apply, run, a second apply that does nothing, destroy", async (mode) => {
    const topology = trio("it-dnet", { datapath: "macvlan", macvlan: { mode }, traffic: SLOW });
    const file = await bed.write("lab.yaml", topology);
    await bed.expectExit(0, ["apply", file]);
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.lossRatio).toBeLessThan(0.05);
    await bed.expectExit(0, ["plan", file]);
    await bed.expectExit(0, ["destroy", "it-dnet"]);
    await bed.expectNoTrace();
  });

  test.each([
    { mode: "bridge", parent: CARDS[0] },
    { mode: "passthru", parent: [...CARDS] },
  ] as const)("on the user's own interface in mode $mode, which is as it was afterwards", async ({ mode, parent }) => {
    await command("ip", "link", "add", CARDS[0], "type", "veth", "peer", "name", CARDS[1]);
    for (const name of CARDS) {
      await command("sysctl", "-qw", `net.ipv6.conf.${name}.disable_ipv6=1`).catch(() => "");
      await command("ip", "link", "set", name, "up");
    }
    const before = await macs();
    const macvlan = { mode, parent: typeof parent === "string" ? parent : [...parent] };
    const file = await bed.write("lab.yaml", pair("it-dnet", { datapath: "macvlan", macvlan, traffic: SLOW }));
    await bed.expectExit(0, ["apply", file]);
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.lossRatio).toBeLessThan(0.05);
    await bed.expectExit(0, ["plan", file]);
    await bed.expectExit(0, ["destroy", "it-dnet"]);
    expect(await macs()).toEqual(before);
  });

  test("on the interface of the default route is refused, and nothing is made", async () => {
    const [route] = JSON.parse(await command("ip", "-j", "route", "show", "default")) as readonly { dev: string }[];
    const parent = route?.dev ?? "";
    expect(parent).not.toBe("");
    const file = await bed.write("lab.yaml", pair("it-dnet", { datapath: "macvlan", macvlan: { parent } }));
    const { stderr } = await bed.expectExit(65, ["apply", file]);
    expect(stderr).toContain(`${parent} carries the default route`);
    await bed.expectNoTrace();
  });
});

describe("overlay", () => {
  test("without the user's word no swarm is started, and what would be is told", async () => {
    const file = await bed.write("lab.yaml", pair("it-dnet", { datapath: "overlay", overlay: {} }));
    const { stderr } = await bed.expectExit(65, ["apply", file]);
    expect(stderr).toContain("overlay: { swarm: start }");
    expect(await swarmState()).toBe("inactive");
    await bed.expectNoTrace();
  });

  test("two labs share the swarm that the first starts, and the last to go leaves it", async () => {
    const overlay = { datapath: "overlay", overlay: { swarm: "start" }, traffic: SLOW } as const;
    const [first, second] = await Promise.all(
      [0, 1].map((cpu) =>
        bed.write(`${cpu}.yaml`, pair(`it-dnet-${cpu}`, { ...overlay, cores: { [cpu]: ["gen", "sink"] } })),
      ),
    );
    await bed.expectExit(0, ["apply", first ?? ""]);
    await bed.expectExit(0, ["apply", second ?? ""]);
    expectTraffic(await bed.measure(first ?? ""));
    await bed.expectExit(0, ["plan", first ?? ""]);
    await bed.expectExit(0, ["destroy", "it-dnet-0"]);
    expect(await swarmState()).toBe("active");
    await bed.expectExit(0, ["plan", second ?? ""]);
    await bed.expectExit(0, ["destroy", "it-dnet-1"]);
    expect(await swarmState()).toBe("inactive");
    await bed.expectNoTrace();
  });

  test("a swarm that was there before is used, and stays", async () => {
    await command("docker", "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377");
    try {
      const file = await bed.write("lab.yaml", pair("it-dnet", { datapath: "overlay", traffic: SLOW }));
      await bed.expectExit(0, ["apply", file]);
      expectTraffic(await bed.measure(file));
      await bed.expectExit(0, ["plan", file]);
      await bed.expectExit(0, ["destroy", "it-dnet"]);
      expect(await swarmState()).toBe("active");
    } finally {
      await command("docker", "swarm", "leave", "--force");
      await command("docker", "network", "rm", "docker_gwbridge").catch(() => "");
    }
    await bed.expectNoTrace();
  });
});

if (HAS_IPVLAN) {
  test.each(["l2", "l3"] as const)("ipvlan in mode %s: apply, run, destroy", async (mode) => {
    const topology = trio("it-dnet", { datapath: "ipvlan", ipvlan: { mode }, traffic: SLOW });
    const file = await bed.write("lab.yaml", topology);
    await bed.expectExit(0, ["apply", file]);
    expectTraffic(await bed.measure(file));
    await bed.expectExit(0, ["plan", file]);
    await bed.expectExit(0, ["destroy", "it-dnet"]);
    await bed.expectNoTrace();
  });
} else {
  test("ipvlan on a kernel without it: validation names the module, and nothing is made", async () => {
    const file = await bed.write("lab.yaml", pair("it-dnet", { datapath: "ipvlan" }));
    const { stderr } = await bed.expectExit(65, ["apply", file]);
    expect(stderr).toContain("has no ipvlan");
    expect(stderr).toContain("modprobe ipvlan");
    await bed.expectNoTrace();
  });
}

test("docker-bridge with AF_XDP sockets in both NFs: apply, run, destroy", async () => {
  const nfs = { gen: { app: "pktgen", driver: "af-xdp" }, sink: { app: "stats", driver: "af-xdp" } } as const;
  const file = await bed.write("lab.yaml", pair("it-dnet", { datapath: "docker-bridge", nfs, traffic: SLOW }));
  await bed.expectExit(0, ["apply", file]);
  const result = await bed.measure(file);
  expectTraffic(result);
  expect(result.arms[0]?.trials[0]?.lossRatio).toBeLessThan(0.05);
  await bed.expectExit(0, ["plan", file]);
  await bed.expectExit(0, ["destroy", "it-dnet"]);
  await bed.expectNoTrace();
});
