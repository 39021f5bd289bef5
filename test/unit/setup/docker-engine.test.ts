import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunResult } from "../../../src/host/host.ts";
import { Apt } from "../../../src/setup/apt.ts";
import { ENGINE_LOG, ensureDockerEngine } from "../../../src/setup/docker-engine.ts";
import { FakeHost, fakeEngine } from "./fake-host.ts";

let engine: Awaited<ReturnType<typeof fakeEngine>>;
beforeEach(async () => {
  engine = await fakeEngine(() => ({ json: { Version: "20.10.24+dfsg1", ApiVersion: "1.41" } }));
});
afterEach(() => engine.close());

/** A machine on which programs do what they do on a real one. */
function machine(options: { installed?: boolean; systemd?: "works" | "fails"; dockerd?: "works" | "dies" }): FakeHost {
  const host: FakeHost = new FakeHost({}, (argv): Partial<RunResult> | undefined => {
    const [program] = argv;
    if (program === "apt-get") {
      if (argv.includes("install")) install();
      return {};
    }
    if (program === "dockerd") return host.files.has("/usr/sbin/dockerd") ? {} : undefined;
    if (program === "systemctl") {
      if (options.systemd !== "works") return { exitCode: 1, stderr: "Job for docker.service failed." };
      host.engineSocket = engine.socket;
      return {};
    }
    if (program === "sh") {
      if (options.dockerd === "dies") host.files.set(ENGINE_LOG, "starting\nfailed to start daemon: no overlay\n");
      else host.engineSocket = engine.socket;
      return { stdout: "4711\n" };
    }
    return undefined;
  });
  const install = () => {
    host.files.set("/usr/sbin/dockerd", "");
    host.files.set("/usr/sbin/iptables", "");
  };
  if (options.installed) install();
  if (options.systemd !== undefined) host.files.set("/run/systemd/system/x", "");
  return host;
}

const ensure = (host: FakeHost) => ensureDockerEngine(host, new Apt(host), { answerTimeoutMs: 300 });
const programs = (host: FakeHost) => host.runs.map(([program]) => program).filter((program) => program !== "dockerd");
const directly = `started dockerd (its log is ${ENGINE_LOG}); it runs until the machine stops`;

describe("an engine", () => {
  test("that runs is left alone", async () => {
    const host = machine({});
    host.engineSocket = engine.socket;
    expect(await ensure(host)).toEqual({ detail: "Docker 20.10.24+dfsg1 runs", changes: [] });
    expect(host.runs).toEqual([]);
  });

  test("that does not exist is installed and started", async () => {
    const host = machine({});
    expect(await ensure(host)).toEqual({
      detail: "Docker 20.10.24+dfsg1 runs",
      changes: ["installed docker.io, iptables", directly],
    });
    expect(programs(host)).toEqual(["apt-get", "apt-get", "sh"]);
  });

  test("that is stopped is started by systemd", async () => {
    const host = machine({ installed: true, systemd: "works" });
    expect((await ensure(host)).changes).toEqual(["started Docker (systemctl start docker)"]);
    expect(programs(host)).toEqual(["systemctl"]);
  });

  test("that systemd cannot start is started directly", async () => {
    const host = machine({ installed: true, systemd: "fails" });
    expect((await ensure(host)).changes).toEqual([directly]);
    expect(programs(host)).toEqual(["systemctl", "sh"]);
  });

  test("is started in a session of its own, without a shell between the arguments", async () => {
    const host = machine({ installed: true });
    await ensure(host);
    expect(host.runs.at(-1)).toEqual([
      "sh",
      "-c",
      '"$@" >"$0" 2>&1 </dev/null & echo $!',
      ENGINE_LOG,
      "setsid",
      "dockerd",
    ]);
  });

  test("that dies is told with the end of its log and what systemd said", async () => {
    const promise = ensure(machine({ installed: true, systemd: "fails", dockerd: "dies" }));
    await expect(promise).rejects.toThrow("dockerd ended by itself");
    await expect(promise).rejects.toThrow("failed to start daemon: no overlay");
    await expect(promise).rejects.toThrow("Job for docker.service failed.");
  });

  test("without iptables is not tried", async () => {
    const host = machine({ installed: true });
    host.files.delete("/usr/sbin/iptables");
    await expect(ensure(host)).rejects.toThrow("apt-get install iptables");
  });
});
