import { describe, expect, test } from "vitest";
import type { PlanStep } from "../../src/plan/plan.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { hangDatabase } from "./support/switch-process.ts";
import { pair } from "./support/topology.ts";

const bed = setUpBed("it-drift");
const LAB = "it-drift";
const BRIDGE = `unix:/run/corebed/${LAB}/switch/br0.mgmt`;

interface Drift {
  readonly what: string;
  readonly happen: () => Promise<unknown>;
  readonly action: PlanStep["action"];
  readonly id: string;
  readonly reason: RegExp;
}

const inSwitch = (...argv: readonly string[]) => bed.expectExit(0, ["exec", LAB, "switch", "--", ...argv]);

const DRIFTS: readonly Drift[] = [
  {
    what: "an NF is killed",
    happen: () => command("docker", "kill", `corebed.${LAB}.gen`),
    action: "replace",
    id: "nf:gen",
    reason: /^does not run: Exited \(137\)/,
  },
  {
    what: "an NF's container is removed",
    happen: () => command("docker", "rm", "--force", `corebed.${LAB}.sink`),
    action: "create",
    id: "nf:sink",
    reason: /^does not exist$/,
  },
  {
    what: "an NF is paused",
    happen: () => command("docker", "pause", `corebed.${LAB}.gen`),
    action: "update",
    id: "nf:gen",
    reason: /^is paused$/,
  },
  {
    what: "the switch is paused",
    happen: () => command("docker", "pause", `corebed.${LAB}.switch`),
    action: "update",
    id: "switch:switch",
    reason: /^is paused$/,
  },
  {
    what: "the switch is paused before DPDK was started in it",
    happen: async () => {
      await command("docker", "restart", "--time=1", `corebed.${LAB}.switch`);
      await command("docker", "pause", `corebed.${LAB}.switch`);
    },
    action: "update",
    id: "switch:switch",
    reason: /^is paused$/,
  },
  {
    what: "the switch's database hangs",
    happen: () => hangDatabase(LAB),
    action: "replace",
    id: "switch:switch",
    reason: /^does not answer$/,
  },
  {
    what: "the switch is killed",
    happen: () => command("docker", "kill", `corebed.${LAB}.switch`),
    action: "replace",
    id: "switch:switch",
    reason: /^does not run: Exited \(137\)/,
  },
  {
    what: "a port is deleted",
    happen: () => inSwitch("ovs-vsctl", "--timeout=10", "del-port", "br0", "gen-p0"),
    action: "update",
    id: "bridge:br0",
    reason: /^differs from the topology$/,
  },
  {
    what: "an option of a port is changed",
    happen: () => inSwitch("ovs-vsctl", "--timeout=10", "set", "Interface", "gen-p0", "options:tx-retries-max=1"),
    action: "update",
    id: "bridge:br0",
    reason: /^differs from the topology$/,
  },
  {
    what: "the bridge is deleted",
    happen: () => inSwitch("ovs-vsctl", "--timeout=10", "del-br", "br0"),
    action: "create",
    id: "bridge:br0",
    reason: /^does not exist$/,
  },
  {
    what: "a flow is deleted",
    happen: () => inSwitch("ovs-ofctl", "del-flows", BRIDGE, "in_port=gen-p0"),
    action: "update",
    id: "flows:br0",
    reason: /^differs from the topology$/,
  },
  {
    what: "all flows are deleted",
    happen: () => inSwitch("ovs-ofctl", "del-flows", BRIDGE),
    action: "create",
    id: "flows:br0",
    reason: /^does not exist$/,
  },
  {
    what: "a flow is added that steals the packets",
    happen: () => inSwitch("ovs-ofctl", "add-flow", BRIDGE, "priority=200,in_port=gen-p0,udp,actions=drop"),
    action: "update",
    id: "flows:br0",
    reason: /^differs from the topology$/,
  },
  {
    what: "a flow of the same port is changed to drop",
    happen: () => inSwitch("ovs-ofctl", "mod-flows", BRIDGE, "in_port=gen-p0,actions=drop"),
    action: "update",
    id: "flows:br0",
    reason: /^differs from the topology$/,
  },
  {
    what: "a flow gets a second output",
    happen: () => inSwitch("ovs-ofctl", "mod-flows", BRIDGE, "in_port=gen-p0,actions=output:sink-p0,output:local"),
    action: "update",
    id: "flows:br0",
    reason: /^differs from the topology$/,
  },
  {
    what: "a setting of the switch is changed",
    happen: () => inSwitch("ovs-vsctl", "--timeout=10", "set", "Open_vSwitch", ".", "other_config:pmd-maxsleep=100"),
    action: "update",
    id: "switch-config:switch",
    reason: /^differs from the topology$/,
  },
  {
    what: "an NF's directory is removed",
    happen: () => command("rm", "-r", `/run/corebed/${LAB}/gen`),
    action: "create",
    id: "directory:gen",
    reason: /^does not exist$/,
  },
];

describe("what somebody else did to a lab is seen with its reason, and healed", () => {
  test.each(DRIFTS)("$what", async ({ happen, action, id, reason }) => {
    const file = await bed.write("lab.yaml", pair(LAB));
    await bed.expectExit(0, ["apply", file]);
    await happen();

    const plan = await bed.plan(file);
    const step = plan.steps.find((candidate) => candidate.id === id);
    expect(step, JSON.stringify(plan.steps, undefined, 1)).toMatchObject({
      action,
      reason: expect.stringMatching(reason),
    });

    await bed.expectExit(0, ["apply", file, "--yes"]);
    await bed.expectExit(0, ["plan", file]);
    expectTraffic(await bed.measure(file));
  });
});

describe("on a kernel datapath", () => {
  test("the veth pair of a host datapath is deleted", async () => {
    const file = await bed.write("lab.yaml", pair(LAB, { datapath: "host" }));
    await bed.expectExit(0, ["apply", file]);
    const plan = await bed.plan(file);
    const veth = plan.steps.find((step) => step.kind === "veth");
    expect(veth?.action).toBe("keep");
    await command("ip", "link", "delete", await vethOf(LAB));

    const broken = await bed.plan(file);
    expect(broken.steps.find((step) => step.kind === "veth")).toMatchObject({ action: "create" });
    expect(broken.steps.filter((step) => step.kind === "nf").map((step) => step.action)).toEqual([
      "replace",
      "replace",
    ]);
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test("a container is taken off its docker network", async () => {
    const file = await bed.write("lab.yaml", pair(LAB, { datapath: "docker-bridge" }));
    await bed.expectExit(0, ["apply", file]);
    await command("docker", "network", "disconnect", `corebed.${LAB}.main-0`, `corebed.${LAB}.sink`);
    const plan = await bed.plan(file);
    expect(plan.steps.find((step) => step.id === "nf:sink")).toMatchObject({
      action: "replace",
      reason: `is not on network corebed.${LAB}.main-0`,
    });
    await bed.expectExit(0, ["apply", file, "--yes"]);
    expectTraffic(await bed.measure(file));
  });
});

async function vethOf(lab: string): Promise<string> {
  const links = await command("ip", "-oneline", "link");
  const own = links.split("\n").find((line) => line.includes(`alias corebed:${lab}:`));
  return own?.split(": ")[1]?.split("@")[0] ?? "";
}
