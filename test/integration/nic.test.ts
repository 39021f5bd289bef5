import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { pair, standIns, TRAFFIC, trio } from "./support/topology.ts";
import { cable } from "./support/tunnel-labs.ts";

const LAB = "it-nic";
const bed = setUpBed(LAB);

describe("virtual devices in place of network cards", () => {
  test("on the switch: packets leave by one and come in by the other, all accounted for", async () => {
    const file = await bed.write("lab.yaml", pair(LAB, { datapath: "nic" }));
    await bed.expectExit(0, ["apply", file]);
    const result = await bed.measure(file);
    expectTraffic(result);
    const points = result.arms[0]?.trials[0]?.chains[0]?.ledger.points ?? [];
    // A generator that a loaded machine kept from its time has a place more, in front.
    expect(points.map(({ at }) => at).filter((at) => at !== "schedule")).toEqual([
      "gen port 0 tx",
      "switch port gen-p0 rx",
      "switch port nic.card0 tx",
      "switch port nic.card1 rx",
      "switch port sink-p0 tx",
      "sink port 0 rx",
      "sink counted",
    ]);
    for (const { packets } of points) expect(packets).toBeGreaterThan(0);
    expect((await bed.plan(file)).operations).toEqual([]);
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test("in the NFs themselves: no switch, nothing between but the cable, and jumbo frames as well", async () => {
    const file = await bed.write(
      "lab.yaml",
      pair(LAB, { datapath: "nic", nics: standIns(2, "nf"), cores: { 0: "gen", 1: "sink" } }),
    );
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.chains[0]?.ledger.points.some(({ at }) => at.startsWith("switch"))).toBe(false);
    const traffic = { ...TRAFFIC, frame: 9000, rate: "2kpps" };
    const jumbo = await bed.write("jumbo.yaml", pair(LAB, { datapath: "nic", nics: standIns(2, "nf"), traffic }));
    expectTraffic(await bed.measure(jumbo));
    await bed.expectNoTrace();
  });

  test("both ways, beside a hop over vhost-user", async () => {
    const file = await bed.write(
      "lab.yaml",
      trio(LAB, {
        nics: standIns(2),
        chains: { main: { path: ["gen", "fwd", "sink"], hops: ["nic", "vhost-user"] } },
        traffic: { ...TRAFFIC, rate: "5kpps", direction: "both" },
      }),
    );
    const result = await bed.measure(file);
    expectTraffic(result);
    expect(result.arms[0]?.trials[0]?.chains).toHaveLength(2);
    await bed.expectNoTrace();
  });

  test("interfaces of the kernel: the switch has one of its own on each, and the host has them back as they were", async () => {
    const ends = ["itnic0", "itnic1"] as const;
    const plugged = await cable(...ends);
    const nics = { left: { device: ends[0] }, right: { device: ends[1] } };
    const file = await bed.write(
      "lab.yaml",
      pair(LAB, { datapath: "nic", nics, traffic: { ...TRAFFIC, rate: "5kpps" } }),
    );
    await bed.expectExit(0, ["apply", file]);
    expectTraffic(await bed.measure(file));
    expect((await bed.plan(file)).operations).toEqual([]);
    await bed.expectExit(0, ["destroy", LAB]);
    for (const end of ends) expect(await command("ip", "-brief", "link", "show", "dev", end)).toMatch(/ UP /);
    await plugged[Symbol.asyncDispose]();
    await bed.expectNoTrace();
  });

  test("a cable that was cut is drift, and is mended", async () => {
    const file = await bed.write("lab.yaml", pair(LAB, { datapath: "nic" }));
    await bed.expectExit(0, ["apply", file]);
    const pid = await command("docker", "inspect", "--format", "{{.State.Pid}}", `corebed.${LAB}.switch`);
    const inside = ["nsenter", "--target", pid, "--net", "ip"];
    const links = await command(...inside, "-brief", "link", "show", "type", "veth");
    const end = /^(cb[0-9a-f]{8}a)@/m.exec(links)?.[1] ?? "";
    await command(...inside, "link", "delete", "dev", end);
    expect((await bed.plan(file)).steps.filter(({ action }) => action !== "keep").map(({ id }) => id)).toContain(
      "cable:main-0",
    );
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});

describe("the cards of this host", () => {
  test("are listed, and one that carries the default route is not taken", async () => {
    const { stdout } = await bed.expectExit(0, ["nic", "list", "--json"]);
    const { nics } = JSON.parse(stdout) as { readonly nics: readonly { pci: string; interfaces: readonly string[] }[] };
    const routes = await readFile("/proc/net/route", "utf8");
    const way = routes
      .split("\n")
      .map((line) => line.split("\t"))
      .find(([, destination]) => destination === "00000000")?.[0];
    const card = nics.find(({ interfaces }) => interfaces.includes(way ?? ""));
    // Not where the way out is no card on the PCI bus.
    if (card === undefined) return;
    const refused = await bed.expectExit(69, ["nic", "bind", card.pci, "--force", "--dry-run"]);
    expect(refused.stderr).toContain(`${card.pci} carries the default route`);
    const file = await bed.write(
      "lab.yaml",
      pair(LAB, {
        datapath: "nic",
        nics: { left: { device: card.pci, bind: true }, right: { device: "0000:ff:1f.7", bind: true } },
      }),
    );
    const told = await bed.expectExit(65, ["plan", file]);
    expect(told.stderr).toContain("carries the default route: no lab gets it");
    expect(told.stderr).toContain("has no network card 0000:ff:1f.7");
    await bed.expectNoTrace();
  });
});
