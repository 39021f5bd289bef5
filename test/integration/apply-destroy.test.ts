import { describe, expect, test } from "vitest";
import { setUpBed } from "./support/bed.ts";
import { command, containerIds } from "./support/command.ts";
import { pair } from "./support/topology.ts";

const bed = setUpBed("it-apply");

describe("apply and destroy", () => {
  test("apply makes the lab once, then finds nothing to do; destroy leaves no trace, twice", async () => {
    const file = await bed.write("lab.yaml", pair("it-apply"));

    await bed.expectExit(2, ["plan", file]);
    const first = await bed.expectExit(0, ["apply", file]);
    expect(first.stdout).toMatch(/^Lab it-apply is up \(\d+\.\d s\)\. Next: corebed run /);
    expect(first.stderr).toMatch(/^ {2}created nf:gen \(\d+\.\d s\)$/m);

    const plan = await bed.expectExit(0, ["plan", file]);
    expect(plan.stdout).toContain("Nothing to do: all 10 resources are as they should be.");
    const ids = await containerIds("it-apply");
    const second = await bed.expectExit(0, ["apply", file]);
    expect(second).toMatchObject({ stdout: "Lab it-apply is as the file says: nothing to do.\n", stderr: "" });
    expect(await containerIds("it-apply")).toEqual(ids);

    const destroyed = await bed.expectExit(0, ["destroy", "it-apply"]);
    expect(destroyed.stdout).toMatch(/^Lab it-apply is gone \(\d+ resources removed\)\.\n$/);
    await bed.expectNoTrace();
    const again = await bed.expectExit(0, ["destroy", "it-apply"]);
    expect(again).toMatchObject({ stdout: "There is nothing left of lab it-apply.\n", stderr: "" });
    await bed.expectNoTrace();
  });

  test("plan changes nothing", async () => {
    const file = await bed.write("lab.yaml", pair("it-apply"));
    await bed.expectExit(2, ["plan", file]);
    await bed.expectNoTrace();
  });

  test("destroy takes away a lab of which a part is gone already", async () => {
    const file = await bed.write("mixed.yaml", {
      ...pair("it-apply", { nfs: { gen: { app: "pktgen" }, fwd: { app: "l2fwd" }, sink: { app: "stats" } } }),
      cores: { 0: "switch", 1: ["gen", "fwd", "sink"] },
      chains: { main: { path: ["gen", "fwd", "sink"], hops: ["docker-bridge", "vhost-user"] } },
    });
    await bed.expectExit(0, ["apply", file]);
    await command("docker", "rm", "--force", "corebed.it-apply.gen", "corebed.it-apply.switch");
    await command("rm", "-r", "/run/corebed/it-apply/sink");
    await bed.expectExit(0, ["destroy", "it-apply"]);
    await bed.expectNoTrace();
  });

  test("destroy takes a file for the name in it", async () => {
    const file = await bed.write("lab.yaml", pair("it-apply"));
    await bed.expectExit(0, ["apply", file]);
    await bed.expectExit(0, ["destroy", file]);
    await bed.expectNoTrace();
  });

  test("destroy with a file leaves a lab of another file that has the name of an arm", async () => {
    const name = "it-apply-host";
    const other = await bed.write("other.yaml", pair(name, { datapath: "docker-bridge" }));
    await bed.expectExit(0, ["apply", other]);
    const ids = await containerIds(name);
    await bed.expectExit(0, ["destroy", await bed.write("lab.yaml", pair("it-apply"))]);
    expect(await containerIds(name)).toEqual(ids);
    await bed.expectExit(0, ["destroy", name]);
    await bed.expectNoTrace();
  });

  test("status, logs and exec show what runs, each as JSON too", async () => {
    const file = await bed.write("lab.yaml", pair("it-apply"));
    await bed.expectExit(0, ["apply", file]);

    const status = await bed.expectExit(0, ["status", "it-apply"]);
    expect(status.stdout).toMatch(/^Lab it-apply: up$/m);
    expect(status.stdout).toMatch(/^ *switch +OVS-DPDK +0 +\d+ +running$/m);
    expect(status.stdout).toMatch(/^ *gen +pktgen +1 +32 +running$/m);
    const { labs } = JSON.parse((await bed.expectExit(0, ["status", "it-apply", "--json"])).stdout);
    expect(labs).toMatchObject([{ name: "it-apply", state: "up" }]);

    const logs = await bed.expectExit(0, ["logs", "it-apply", "switch", "--tail", "3"]);
    expect(logs.stdout.trimEnd().split("\n")).toHaveLength(3);
    const asJson = JSON.parse((await bed.expectExit(0, ["logs", "it-apply", "--json"])).stdout);
    expect(asJson.logs.map((log: { name: string }) => log.name)).toEqual(["gen", "sink", "switch"]);
    const noNf = await bed.expectExit(65, ["logs", "it-apply", "fwd"]);
    expect(noNf.stderr).toContain("it has gen, sink, switch");

    const echo = await bed.expectExit(0, ["exec", "it-apply", "gen", "--", "sh", "-c", "echo out; echo err >&2"]);
    expect(echo).toMatchObject({ stdout: "out\n", stderr: "err\n" });
    await bed.expectExit(3, ["exec", "it-apply", "gen", "--", "sh", "-c", "exit 3"]);
    const exec = await bed.expectExit(7, ["exec", "it-apply", "switch", "--json", "--", "sh", "-c", "echo x; exit 7"]);
    expect(JSON.parse(exec.stdout)).toEqual({ exitCode: 7, stdout: "x\n", stderr: "" });
  });

  test("names that are not there are told, and nothing happens", async () => {
    expect((await bed.expectExit(0, ["status", "it-apply-none"])).stdout).toBe(
      "There is no lab it-apply-none on this host.\n",
    );
    await bed.expectExit(65, ["logs", "it-apply-none"]);
    await bed.expectExit(65, ["exec", "it-apply-none", "gen", "--", "true"]);
    expect((await bed.expectExit(65, ["destroy", "it-apply.yaml"])).stderr).toContain("there is no such file");
    expect((await bed.expectExit(64, ["destroy"])).stderr).toContain("which lab?");
    await bed.expectNoTrace();
  });
});
