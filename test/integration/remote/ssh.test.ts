import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerClient } from "../../../src/host/docker.ts";
import type { Host } from "../../../src/host/host.ts";
import { takeLock } from "../../../src/host/lock.ts";
import { nobodyToAsk, type Prompts } from "../../../src/remote/prompts.ts";
import { type RemoteHost, remoteHost } from "../../../src/remote/remote-host.ts";
import { slowLink } from "../support/slow-link.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";

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

interface Options {
  readonly port?: number;
  readonly host?: string;
  readonly configText?: string;
  readonly prompts?: Prompts;
  readonly agent?: string;
}

function hostOf({
  port = sshd.port,
  host = "127.0.0.1",
  configText = "",
  prompts = nobodyToAsk,
  agent,
}: Options = {}): RemoteHost {
  const local = { name: "root", home: sshd.home, agent };
  const address = { user: "root", host, port: host === "127.0.0.1" ? port : undefined };
  const remote = remoteHost(address, async () => ({ local, configText, prompts }));
  open.push(remote);
  return remote;
}

const who = (host: Host): Promise<string> => host.run(["id", "-un"]).then(({ stdout }) => stdout.trim());

/** Answers with the same words to whatever is asked, and keeps the questions. */
function answering(answer: string): Prompts & { readonly asked: string[] } {
  const asked: string[] = [];
  const reply = async (question: string): Promise<string> => {
    asked.push(question);
    return answer;
  };
  return { asked, ask: reply, askHidden: reply, tell: (line) => void asked.push(line) };
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
  await rm(at(""), { recursive: true });
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

test("an unknown key is asked about in ssh's words, and kept if it is trusted", async () => {
  await using link = await slowLink(sshd.port, 0);
  const refused = await failure(who(hostOf({ port: link.port })));
  expect(refused.message).toMatch(
    /The authenticity of host '\[127\.0\.0\.1\]:\d+' can't be established\.\nED25519 key fingerprint is SHA256:\S+\.\nThis host key is known by the following other names\/addresses:\n.*known_hosts:1\nHost key verification failed\.$/s,
  );
  const no = await failure(who(hostOf({ port: link.port, prompts: answering("no") })));
  expect(no.message).toContain("Host key verification failed.");
  const prompts = answering("yes");
  expect(await who(hostOf({ port: link.port, prompts }))).toBe("root");
  expect(prompts.asked[0]).toContain("Are you sure you want to continue connecting (yes/no/[fingerprint])? ");
  expect(prompts.asked.at(-1)).toContain("Warning: Permanently added");
  expect(await who(hostOf({ port: link.port }))).toBe("root");
  await sshd.know(sshd.port);
});

test("a changed key ends it, with ssh's warning and the line to look at, and nothing is shown to the host", async () => {
  await sshd.makeKey("impostor", { letIn: false });
  const other = (await readFile(join(sshd.home, ".ssh/impostor.pub"), "utf8")).trim();
  await sshd.know(sshd.port, other);
  const prompts = answering("yes");
  const error = await failure(who(hostOf({ prompts })));
  await sshd.know(sshd.port);
  expect(error.message).toContain("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!");
  expect(error.message).toContain(`Offending ED25519 key in ${sshd.home}/.ssh/known_hosts:1`);
  expect(prompts.asked).toEqual([]);
});

test("a key that the host does not take is told as ssh does", async () => {
  const path = await sshd.makeKey("stranger", { letIn: false });
  const configText = `IdentityFile ${path}\nIdentitiesOnly yes\n`;
  const error = await failure(who(hostOf({ configText })));
  expect(error.message).toBe(
    `ssh://root@127.0.0.1:${sshd.port}: log in: root@127.0.0.1:${sshd.port}: Permission denied (publickey).`,
  );
});

test("a passphrase is asked for, three times at most, and named where nobody can be asked", async () => {
  const path = await sshd.makeKey("locked", { passphrase: "open sesame" });
  const configText = `IdentityFile ${path}\n`;
  const right = answering("open sesame");
  expect(await who(hostOf({ configText, prompts: right }))).toBe("root");
  expect(right.asked).toEqual([`Enter passphrase for key '${path}': `]);
  const wrong = answering("close sesame");
  expect((await failure(who(hostOf({ configText, prompts: wrong })))).message).toContain(`${path}: wrong passphrase`);
  expect(wrong.asked).toHaveLength(3);
  expect((await failure(who(hostOf({ configText })))).message).toContain(
    `${path} has a passphrase and there is no terminal to ask on: add it to an agent with ssh-add`,
  );
});

test("an agent's keys are used, and only those that the configuration names where it says so", async () => {
  const agent = join(sshd.directory, "agent.sock");
  const child = spawn("ssh-agent", ["-D", "-a", agent], { stdio: "ignore" });
  try {
    await expect
      .poll(() =>
        stat(agent).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const [first, second] = [await sshd.makeKey("agent-1", { letIn: false }), await sshd.makeKey("agent-2")];
    for (const path of [first, second]) {
      execFileSync("ssh-add", ["-q", path], { env: { ...process.env, SSH_AUTH_SOCK: agent }, stdio: "ignore" });
    }
    // The private parts are with the agent alone.
    await Promise.all([rm(first), rm(second)]);
    const noFiles = `IdentityFile ${sshd.home}/none\n`;
    expect(await who(hostOf({ agent, configText: noFiles }))).toBe("root");
    const only = (path: string): string => `IdentityFile ${path}\nIdentitiesOnly yes\n`;
    expect(await who(hostOf({ agent, configText: only(second) }))).toBe("root");
    expect((await failure(who(hostOf({ agent, configText: only(first) })))).message).toContain("Permission denied");
    expect((await failure(who(hostOf({ agent: `${agent}.gone`, configText: noFiles })))).message).toContain(
      "does not answer",
    );
  } finally {
    child.kill();
  }
});

test("a host is reached through others, each checked by its own key", async () => {
  await using gate = await startSshd();
  const key = await sshd.makeKey("through");
  await mkdir(join(sshd.home, ".ssh"), { recursive: true });
  await writeFile(join(gate.directory, "authorized_keys"), await readFile(`${key}.pub`));
  const known = join(sshd.directory, "known-through");
  await writeFile(known, `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  const configText = `
Host rig
  HostName 127.0.0.1
  Port ${sshd.port}
  ProxyJump gate
Host gate
  HostName 127.0.0.1
  Port ${gate.port}
Host *
  User root
  IdentityFile ${key}
  UserKnownHostsFile ${known}
`;
  expect((await failure(who(hostOf({ host: "rig", configText })))).message).toContain(`[127.0.0.1]:${gate.port}`);
  await writeFile(known, `[127.0.0.1]:${gate.port} ${gate.hostKey}\n`, { flag: "a" });
  const host = hostOf({ host: "rig", configText });
  expect(await who(host)).toBe("root");
  expect(await host.read("/proc/sys/kernel/ostype")).toBe("Linux\n");
  const circle = configText.replace("Host gate\n", "Host gate\n  ProxyJump rig\n");
  expect((await failure(who(hostOf({ host: "rig", configText: circle })))).message).toContain("leads in a circle");
});

test("a connection that is cut is made once more, and what changes something is not repeated by itself", async () => {
  await using link = await slowLink(sshd.port, 0);
  await sshd.know(link.port);
  const host = hostOf({ port: link.port });
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
  const host = hostOf({ port: link.port });
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
  expect((await failure(who(hostOf({ port: 1 })))).message).toBe(
    "ssh://root@127.0.0.1:1: connect to 127.0.0.1 port 1: connection refused",
  );
});
