import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerClient } from "../../../src/host/docker.ts";
import { takeLock } from "../../../src/host/lock.ts";
import { nobodyToAsk } from "../../../src/remote/prompts.ts";
import { type RemoteHost, remoteHost } from "../../../src/remote/remote-host.ts";
import { slowLink } from "../support/slow-link.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";

/** What goes through a connection, where far and near can be looked at side by side; `log-in.test.ts` has how it comes about. */

let sshd: Sshd;
const open: RemoteHost[] = [];

beforeAll(async () => {
  sshd = await startSshd();
  await sshd.makeKey("id_ed25519");
  await sshd.know(sshd.port);
});

afterAll(async () => {
  for (const host of open) await host.close();
  for (const file of (await readdir("/run/corebed-lock")).filter((name) => name.includes(`%20${process.pid}`))) {
    await rm(join("/run/corebed-lock", file));
  }
  await sshd[Symbol.asyncDispose]();
});

function hostOf(port = sshd.port): RemoteHost {
  const local = { name: "root", home: sshd.home, agent: undefined };
  const address = { user: "root", host: "127.0.0.1", port };
  const remote = remoteHost(address, async () => ({ local, configText: "", prompts: nobodyToAsk }));
  open.push(remote);
  return remote;
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    (value) => {
      throw new Error(`it went through: ${JSON.stringify(value)}`);
    },
    (error: Error) => error,
  );
}

test("commands run as given, with their exit code, input, output and time limit", async () => {
  const host = hostOf();
  expect(await host.run(["printf", "%s|", "a b", "$HOME", "it's"])).toEqual({
    exitCode: 0,
    stdout: "a b|$HOME|it's|",
    stderr: "",
  });
  expect(await host.run(["sh", "-c", "echo no >&2; exit 3"])).toEqual({ exitCode: 3, stdout: "", stderr: "no\n" });
  expect((await host.run(["cat"], { stdin: "through\n" })).stdout).toBe("through\n");
  expect((await host.run(["sh", "-c", "kill -KILL $$"])).exitCode).toBe(137);
  expect((await failure(host.run(["no-such-program-here"]))).message).toContain(
    "no such program: no-such-program-here",
  );
  const seconds = `500.${process.pid}`;
  expect((await failure(host.run(["sleep", seconds], { timeoutMs: 300 }))).message).toContain("timed out after 0.3 s");
  expect((await host.run(["pgrep", "-xf", `sleep ${seconds}`])).exitCode, "nothing is left running").toBe(1);
  const many = await Promise.all(Array.from({ length: 30 }, (_, i) => host.run(["echo", String(i)])));
  expect(many.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 30 }, (_, i) => i));
});

test("files are read, written, listed and removed as on this machine", async () => {
  const host = hostOf();
  const at = (name: string): string => join(sshd.directory, "files", name);
  await host.makeDirectory(at("deep/er"), 0o750);
  await host.makeDirectory(at("deep/er"), 0o750);
  expect((await stat(at("deep"))).mode & 0o777).toBe(0o750);
  await host.write(at("a"), "one");
  await host.write(at("a"), "grüße\n", 0o600);
  expect(await readFile(at("a"), "utf8")).toBe("grüße\n");
  expect((await stat(at("a"))).mode & 0o777).toBe(0o600);
  const long = "0123456789abcdef".repeat(40_000);
  await host.write(at("long"), long);
  expect(await host.read(at("long"))).toBe(long);
  expect(await host.read(at("a"))).toBe("grüße\n");
  expect(await host.read(at("none"))).toBeUndefined();
  expect(await host.list(at("none"))).toBeUndefined();
  expect(await host.list(at(""))).toEqual(["a", "deep", "long"]);
  await host.upload(at("long"), at("copy"));
  expect(await readFile(at("copy"), "utf8")).toBe(long);
  await symlink(sshd.home, at("link"));
  for (const name of ["a", "deep", "link", "none"]) await host.remove(at(name));
  expect(await host.list(at(""))).toEqual(["copy", "long"]);
  expect(await host.list(sshd.home), "what a link leads to stays").toContain(".ssh");
  expect(await host.read("/proc/sys/kernel/osrelease")).toBe(await readFile("/proc/sys/kernel/osrelease", "utf8"));
  expect((await host.read("/proc/cpuinfo"))?.split("processor").length).toBe(
    (await readFile("/proc/cpuinfo", "utf8")).split("processor").length,
  );
  // A file of the kernel cannot be replaced by another: it is written where it is. Raised, which anybody may.
  const sleeping = spawn("sleep", ["60"]);
  const knob = `/proc/${sleeping.pid}/oom_score_adj`;
  await host.write(knob, "345");
  expect(await host.read(knob)).toBe("345\n");
  sleeping.kill("SIGKILL");
  await rm(at(""), { recursive: true });
});

test("a lab's directory that somebody has made a symbolic link is not followed: nothing is made, changed or removed where it leads", async () => {
  const host = hostOf();
  const at = (name: string): string => join(sshd.directory, "labs", name);
  const treasure = join(sshd.directory, "treasure");
  await host.makeDirectory(join(treasure, "gen"), 0o755);
  await writeFile(join(treasure, "gen", "ctl.sock"), "kept");
  await host.makeDirectory(at(""), 0o700);
  await symlink(treasure, at("lab"));
  const overLink = `its path leads over a symbolic link to ${treasure}`;
  for (const place of ["lab", "lab/gen", "lab/new"]) {
    expect((await failure(host.makeDirectory(at(place), 0o700))).message, place).toContain(overLink);
  }
  for (const place of ["lab/gen", "lab/gen/ctl.sock"]) {
    expect((await failure(host.remove(at(place)))).message, place).toContain(overLink);
  }
  expect((await stat(treasure)).mode & 0o777).toBe(0o755);
  // The link itself is somebody's to remove.
  await host.remove(at("lab"));
  expect(await host.list(at(""))).toEqual([]);
  expect(await readdir(treasure)).toEqual(["gen"]);
  expect(await readFile(join(treasure, "gen", "ctl.sock"), "utf8")).toBe("kept");
});

test("sockets of the host are reached, and what is not there is told apart from what does not listen", async () => {
  const host = hostOf();
  const path = join(sshd.directory, "echo.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(path);
  await once(server, "listening");
  const stream = await host.connect(path);
  stream.end("there and back");
  expect(await text(stream)).toBe("there and back");
  server.close();
  await once(server, "close");
  expect((await failure(host.connect(path))).message).toContain("no such socket");
  await writeFile(path, "");
  expect((await failure(host.connect(path))).message).toContain("nothing listens there");
  await rm(path);
  expect((await dockerClient(host).version()).ApiVersion).toBeDefined();
});

test("locks hold between those who come over SSH and those on the machine, and go with the connection", async () => {
  const name = `lab remote test ${process.pid}`;
  const one = hostOf();
  const other = hostOf();
  const held = await one.lock(name, "corebed apply (process 12 on here)");
  expect((await failure(other.lock(name, "b"))).message).toBe(
    `${name} is being changed by corebed apply (process 12 on here)`,
  );
  expect((await failure(takeLock(name, "c"))).message).toContain("corebed apply (process 12 on here)");
  await using _beside = await other.lock(`${name} beside`, "b");
  await held[Symbol.asyncDispose]();
  {
    await using _local = await takeLock(name, "corebed on the machine");
    expect((await failure(one.lock(name, "a"))).message).toContain("is being changed by");
  }
  await one.lock(name, "corebed that goes away");
  await one.close();
  await using _again = await other.lock(name, "b", 10_000);
});

test("a connection that is cut is made once more, and what changes something is not repeated by itself", async () => {
  await using link = await slowLink(sshd.port, 0);
  await sshd.know(link.port);
  const host = hostOf(link.port);
  const seconds = `600.${process.pid}`;
  await using _lock = await host.lock(`lab cut ${process.pid}`, "a");
  const sleeping = failure(host.run(["sleep", seconds]));
  await expect.poll(async () => (await host.run(["pgrep", "-xf", `sleep ${seconds}`])).exitCode).toBe(0);
  link.cut();
  expect((await sleeping).message).toContain(`run sleep ${seconds}: the connection was lost`);
  execFileSync("pkill", ["-xf", `sleep ${seconds}`]);
  expect(await host.read("/proc/sys/kernel/ostype")).toBe("Linux\n");
  expect((await failure(takeLock(`lab cut ${process.pid}`, "b"))).message).toContain("is being changed by a");
  link.cut();
  await expect.poll(async () => (await failure(host.run(["true"]))).message).toContain("the connection was lost twice");
  await sshd.know(sshd.port);
});

test("reading costs few round trips, however much is read at once", async () => {
  await using link = await slowLink(sshd.port, 20);
  await sshd.know(link.port);
  const host = hostOf(link.port);
  await host.read("/proc/version");
  link.takeRoundTrips();
  const names = (await host.list("/proc/sys/net/ipv4/conf/all")) ?? [];
  const texts = await Promise.all(names.map((name) => host.read(`/proc/sys/net/ipv4/conf/all/${name}`)));
  expect(texts.length).toBeGreaterThan(20);
  // Counted from the login on, which takes a dozen.
  expect(link.takeRoundTrips()).toBeLessThanOrEqual(30);
  await sshd.know(sshd.port);
});

test("nothing listens, or no such name", async () => {
  expect((await failure(hostOf(1).run(["true"]))).message).toBe(
    "ssh://root@127.0.0.1:1: connect to 127.0.0.1 port 1: connection refused",
  );
});
