import { mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectTraffic, setUpBed } from "../support/bed.ts";
import { command, lines } from "../support/command.ts";
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
  const fixed = await run("doctor", "--fix");
  expect(fixed.code, told(fixed)).toBe(0);
  expect(`${fixed.stdout}${fixed.stderr}`).toMatch(/sent (the image )?corebed\/nf:/);
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

test("an image of the user's own is sent with its lab, once, and its progress is shown", async () => {
  const image = "wholehost/sleeper:1";
  const [nf = ""] = await lines("docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "corebed/nf");
  const context = `${bed.directory()}/image`;
  await mkdir(context);
  await writeFile(`${context}/Dockerfile`, `FROM ${nf}\nENTRYPOINT ["sleep", "600"]\n`);
  await command("docker", "build", "--quiet", "--tag", image, context);
  try {
    const nfs = { gen: { app: "pktgen" as const }, sink: { image } };
    const file = await bed.write("lab.yaml", pair("wholehost", { datapath: "docker-bridge", nfs }));
    const before = await traces();
    const applied = await run("apply", file);
    expect(applied.code, told(applied)).toBe(0);
    expect(applied.stderr).toMatch(/sending image wholehost\/sleeper:1 \(\d+ MB\) to the host\n.*: 100 %/s);
    expect(await host.exec("docker", "images", "--quiet", "--no-trunc", image)).toBe(
      (await command("docker", "images", "--quiet", "--no-trunc", image)).trim(),
    );
    await expectExit([0], "destroy", "wholehost");
    expect((await run("apply", file)).stderr).not.toContain("sending");
    await expectExit([0], "destroy", "wholehost");
    await expect.poll(traces).toBe(before);
  } finally {
    await command("docker", "rmi", "--force", image);
  }
});

test("the other commands do there what they do here: images, nic, sweep, ci, and serve while a lab is up", async () => {
  const before = await traces();
  const { images } = JSON.parse(await expectExit([0], "images", "list", "--json"));
  expect(images.map(({ name }: { readonly name: string }) => name)).toEqual(expect.arrayContaining(["nf", "switch"]));
  expect(await expectExit([0], "nic", "list")).toMatch(/no network cards|^ {2}driver /m);

  const file = await bed.write("lab.yaml", pair("wholehost", { datapath: "docker-bridge" }));
  const swept = await bed.write("sweep.yaml", {
    ...pair("wholehost", { datapath: "docker-bridge" }),
    sweep: { frame: [64, 512] },
  });
  const out = `${bed.directory()}/sweep.json`;
  await expectExit(MEASURED, "sweep", swept, "--trials", "1", "--out", out);
  expect((await bed.readResult(out)).host).toMatchObject({ hostname: "rig", address: host.url });
  await expectExit(MEASURED, "ci", file, "--trials", "1", "--out", `${bed.directory()}/ci`);
  expect((await bed.readResult(`${bed.directory()}/ci/result.json`)).host.hostname).toBe("rig");
  await expect.poll(traces).toBe(before);

  await expectExit([0], "apply", file);
  const serving = start("serve", "--listen", ":0", "--json");
  await expect.poll(serving.stdout, { timeout: 20_000 }).toContain("url");
  const { url } = JSON.parse(serving.stdout()) as { readonly url: string };
  await expect.poll(async () => (await fetch(url)).text(), { timeout: 20_000 }).toMatch(/^corebed_.*lab="wholehost"/m);
  serving.kill("SIGINT");
  expect((await serving.finished).code).toBe(0);
  await expectExit([0], "destroy", "wholehost");
  await expect.poll(traces).toBe(before);
});
