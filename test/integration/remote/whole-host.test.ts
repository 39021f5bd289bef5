import { afterAll, beforeAll, expect, test } from "vitest";
import { expectTraffic, setUpBed } from "../support/bed.ts";
import { told } from "../support/corebed.ts";
import type { HostInContainer } from "../support/host-in-container.ts";
import { type RemoteHosts, startRemoteHosts } from "../support/remote-hosts.ts";
import { pair } from "../support/topology.ts";

const bed = setUpBed("wholehost");

let set: RemoteHosts<readonly ["rig"]>;
let host: HostInContainer;

beforeAll(async () => {
  set = await startRemoteHosts({ names: ["rig"], engine: false });
  [host] = set.hosts;
  // Who does not answer is missed after three of these.
  await set.home.configure("ServerAliveInterval 1\n");
  // No registry is in its reach, nor anything else: its engine is started, and gets the images of this machine.
  await expectExit([0], "doctor", "--fix");
});

afterAll(() => set?.[Symbol.asyncDispose]());

const there = (...args: readonly string[]) => [...args, "--host", host.url];
const run = (...args: readonly string[]) => bed.run(there(...args), { env: set.home.env });
const start = (...args: readonly string[]) => bed.start(there(...args), { env: set.home.env });

/** Runs corebed on the host and wants one of these exit codes. */
async function expectExit(codes: readonly number[], ...args: readonly string[]): Promise<string> {
  const finished = await run(...args);
  expect(codes, `corebed ${args.join(" ")} ${told(finished)}`).toContain(finished.code);
  return finished.stdout;
}

/** Measured, or not well enough on a machine that others use. */
const MEASURED = [0, 1];

/** All that a lab could leave there, as the host's own tools show it. (Huge pages are the machine's.) */
async function traces(): Promise<string> {
  const commands = [
    "docker ps --all --no-trunc",
    "docker network ls --no-trunc",
    "docker volume ls",
    "find /run/corebed /dev/hugepages /tmp /root /var/tmp -mindepth 1 2>/dev/null",
    "ip -oneline link | cut -d' ' -f2",
    "iptables -S | sort -u",
  ];
  return await host.exec("sh", "-c", commands.join("; echo; "));
}

const running = (): Promise<string> =>
  host.exec("sh", "-c", "docker ps --no-trunc --format '{{.ID}} {{.Names}}' | sort");

test("a lab on a host that was made ready from here: planned, made, measured, compared and removed, without a trace", async () => {
  const file = await bed.write("lab.yaml", {
    ...pair("wholehost"),
    compare: { datapaths: ["docker-bridge", "vhost-user"], repeats: 1 },
  });
  expect(await expectExit([0], "doctor")).toContain(`Host: ${host.url}`);
  const before = await traces();

  expect(await expectExit([2], "plan", file)).toContain("10 to create");
  expect(await traces(), "a plan changes nothing").toBe(before);
  await expectExit([0], "apply", file);
  expect(await running()).toContain("corebed.wholehost.switch");
  expect(await expectExit([0], "apply", file)).toContain("nothing to do");

  const out = `${bed.directory()}/result.json`;
  await expectExit(MEASURED, "run", file, "--trials", "1", "--out", out);
  const result = await bed.readResult(out);
  expectTraffic(result);
  expect(result.host.hostname).toBe("rig");
  await expectExit([0], "destroy", "wholehost");
  await expect.poll(traces).toBe(before);

  await expectExit(MEASURED, "compare", file, "--out", out);
  const comparison = await bed.readResult(out);
  expectTraffic(comparison);
  expect(comparison.arms.map(({ datapath }) => datapath)).toEqual(["docker-bridge", "vhost-user"]);
  await expect.poll(traces).toBe(before);
});

test("the link goes down while a lab is made: what failed is told, apply goes on from there, and destroy leaves nothing", async () => {
  const file = await bed.write("lab.yaml", pair("wholehost"));
  const before = await traces();
  const applying = start("apply", file);
  {
    await applying.says(/created directory:/);
    await using _dark = await host.unplug();
    await applying.says(/failed/);
  }
  const broken = await applying.finished;
  expect(broken.code, told(broken)).toBe(69);
  expect(broken.stderr).toMatch(/error: create (switch|nf):/);
  await expectExit([0], "apply", file, "--yes");
  await expectExit([0], "destroy", "wholehost");
  await expect.poll(traces).toBe(before);
});

test("a connection that ends in a trial makes it void, and it is driven once more; the second time ends the run, with what was measured and the lab kept", async () => {
  const traffic = { rate: "5kpps", duration: "2s", warmup: "100ms" } as const;
  const file = await bed.write("lab.yaml", pair("wholehost", { traffic }));
  const before = await traces();
  await expectExit([0], "apply", file);
  const out = `${bed.directory()}/cut.json`;
  {
    const measuring = start("run", file, "--trials", "2", "--out", out);
    await measuring.says(/trial 1\//);
    await host.cut();
    const finished = await measuring.finished;
    expect(MEASURED, told(finished)).toContain(finished.code);
    expect(finished.stderr).toContain(
      "The connection was lost during a trial on lab wholehost, which is void: once more",
    );
    expectTraffic(await bed.readResult(out));
  }
  {
    // Three, so that one is under way when the second has been told.
    const measuring = start("run", file, "--trials", "3", "--out", out);
    await measuring.says(/trial 1\//);
    await host.cut();
    await measuring.says(/once more/);
    await measuring.says(/trial 2\//);
    await host.cut();
    const finished = await measuring.finished;
    expect(finished.code, told(finished)).toBe(69);
    expect(finished.stderr).toContain("the connection was lost");
    const { complete, arms } = await bed.readResult(out);
    expect(complete).toBe(false);
    expect(arms[0]?.trials.length).toBe(2);
  }
  expect(await running(), "the lab is as it was").toContain("corebed.wholehost.switch");
  await expectExit([0], "destroy", "wholehost");
  await expect.poll(traces).toBe(before);
});
