import { execFileSync, spawn } from "node:child_process";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Host } from "../../../src/host/host.ts";
import { nobodyToAsk, type Prompts } from "../../../src/remote/prompts.ts";
import { type RemoteHost, remoteHost } from "../../../src/remote/remote-host.ts";
import type { HostInContainer } from "../support/host-in-container.ts";
import { CABLE_ADDRESSES, type RemoteHosts, startRemoteHosts } from "../support/remote-hosts.ts";
import { takeTurn } from "../support/turn.ts";

/** How one logs in to a whole host, which knows nothing of these tests. */

let turn: AsyncDisposable;
let set: RemoteHosts<readonly ["gate", "rig"]>;
let gate: HostInContainer;
let rig: HostInContainer;
const open: RemoteHost[] = [];

beforeAll(async () => {
  turn = await takeTurn();
  set = await startRemoteHosts({ names: ["gate", "rig"], engine: false });
  [gate, rig] = set.hosts;
});

beforeEach(() => set.home.know(set.hosts));

afterAll(async () => {
  for (const host of open) await host.close();
  await set?.[Symbol.asyncDispose]();
  await turn?.[Symbol.asyncDispose]();
});

interface Options {
  readonly host?: string;
  readonly user?: string;
  readonly configText?: string;
  readonly prompts?: Prompts;
  readonly agent?: string;
}

function hostOf({ host = gate.address, user = "root", configText = "", prompts = nobodyToAsk, agent }: Options = {}) {
  const local = { name: "root", home: set.home.path, agent };
  const remote = remoteHost({ user, host, port: undefined }, async () => ({ local, configText, prompts }));
  open.push(remote);
  return remote;
}

const run = async (host: Host, ...argv: readonly string[]): Promise<string> => (await host.run(argv)).stdout.trim();
const who = (host: Host): Promise<string> => run(host, "id", "-un");

/** Gives the answers one after another to whatever is asked, the last of them again and again, and keeps the questions. */
function answering(...answers: readonly string[]): Prompts & { readonly asked: string[] } {
  const asked: string[] = [];
  const left = [...answers];
  const reply = async (question: string): Promise<string> => {
    asked.push(question);
    return (left.length > 1 ? left.shift() : left[0]) ?? "";
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

test("an unknown host is asked about in ssh's words, and kept if it is trusted", async () => {
  await set.home.know([{ address: "elsewhere", hostKey: gate.hostKey }]);
  const refused = await failure(who(hostOf()));
  expect(refused.message).toMatch(
    /The authenticity of host '[\d.]+' can't be established\.\nED25519 key fingerprint is SHA256:\S+\.\nThis host key is known by the following other names\/addresses:\n.*known_hosts:1\nHost key verification failed\.$/s,
  );
  const no = await failure(who(hostOf({ prompts: answering("no") })));
  expect(no.message).toContain("Host key verification failed.");
  const prompts = answering("yes");
  expect(await who(hostOf({ prompts }))).toBe("root");
  expect(prompts.asked[0]).toContain("Are you sure you want to continue connecting (yes/no/[fingerprint])? ");
  expect(prompts.asked.at(-1)).toContain("Warning: Permanently added");
  expect(await run(hostOf(), "hostname")).toBe("gate");
});

test("a host that was set up anew has another key: that ends it, with ssh's warning, and nobody is asked", async () => {
  const key = "/etc/ssh/ssh_host_ed25519_key";
  // The oldest sshd is the one that listens, which reads its keys again when it is told to.
  const reload = (move: string) => gate.exec("sh", "-c", `${move} && pkill -HUP --oldest -x sshd`);
  await reload(`mv ${key} ${key}.old && rm ${key}.pub && ssh-keygen -q -t ed25519 -N '' -f ${key}`);
  const prompts = answering("yes");
  const changed = (): Promise<string> =>
    who(hostOf({ prompts })).then(
      () => "let in",
      (error: Error) => error.message,
    );
  try {
    await expect.poll(changed).toContain("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!");
    expect(await changed()).toContain(`Offending ED25519 key in ${set.home.path}/.ssh/known_hosts:1`);
    expect(prompts.asked).toEqual([]);
  } finally {
    await reload(`mv ${key}.old ${key}`);
  }
  await expect.poll(changed).toBe("let in");
});

test("a key that the host does not take is told as ssh does", async () => {
  const configText = `IdentityFile ${await set.home.makeKey("stranger")}\nIdentitiesOnly yes\n`;
  expect((await failure(who(hostOf({ configText })))).message).toBe(
    `ssh://root@${gate.address}: log in: root@${gate.address}:22: Permission denied (publickey).`,
  );
});

test("a passphrase is asked for, three times at most, and named where nobody can be asked", async () => {
  const path = await set.home.makeKey("locked", "open sesame");
  await gate.letIn(path);
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
  const agent = join(set.home.path, "agent.sock");
  const child = spawn("ssh-agent", ["-D", "-a", agent], { stdio: "ignore" });
  try {
    const isThere = (): Promise<boolean> =>
      stat(agent).then(
        () => true,
        () => false,
      );
    await expect.poll(isThere).toBe(true);
    const [first, second] = [await set.home.makeKey("agent-1"), await set.home.makeKey("agent-2")];
    await gate.letIn(second);
    for (const path of [first, second]) {
      execFileSync("ssh-add", ["-q", path], { env: { ...process.env, SSH_AUTH_SOCK: agent }, stdio: "ignore" });
    }
    // The private parts are with the agent alone.
    await Promise.all([rm(first), rm(second)]);
    const noFiles = `IdentityFile ${set.home.path}/none\n`;
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

test("a host that only another one reaches is reached through that one, each checked by its own key", async () => {
  // The cable between the two leads nowhere else.
  const inner = CABLE_ADDRESSES[1];
  const known = join(set.home.path, "known-through");
  const configText = `
Host rig
  HostName ${inner}
  ProxyJump gate
Host gate
  HostName ${gate.address}
Host *
  User root
  IdentityFile ${set.home.key}
  UserKnownHostsFile ${known}
`;
  await writeFile(known, `${inner} ${rig.hostKey}\n`);
  expect((await failure(who(hostOf({ host: "rig", configText })))).message).toContain(`host '${gate.address}'`);
  await writeFile(known, `${inner} ${rig.hostKey}\n${gate.address} ${gate.hostKey}\n`);
  const host = hostOf({ host: "rig", configText });
  expect(await run(host, "hostname")).toBe("rig");
  expect(await host.read("/etc/hostname")).toBe("rig\n");
  await writeFile(known, `${inner} ${gate.hostKey}\n${gate.address} ${gate.hostKey}\n`);
  expect((await failure(who(hostOf({ host: "rig", configText })))).message).toContain("HAS CHANGED!");
  const circle = configText.replace("Host gate\n", "Host gate\n  ProxyJump rig\n");
  expect((await failure(who(hostOf({ host: "rig", configText: circle })))).message).toContain("leads in a circle");
});

test("a user with sudo and a password becomes root, and the password is in no list of processes and in no log", async () => {
  const prompts = answering("close sesame", "open sesame");
  const host = hostOf({ user: "guest", prompts });
  expect(await who(host)).toBe("root");
  const question = `[sudo] password for guest on ${host.name}: `;
  expect(prompts.asked).toEqual([question, "Sorry, try again.", question]);
  await host.write("/etc/corebed-was-here", "root's\n");
  expect(await gate.exec("stat", "-c", "%U", "/etc/corebed-was-here")).toBe("root");
  expect(await host.read("/etc/shadow")).toContain("guest:");
  expect(await gate.exec("ps", "-eo", "args")).not.toContain("sesame");
  expect(await gate.exec("sh", "-c", "grep -rl sesame /var/log /tmp /run || :")).toBe("");
  const wrong = await failure(who(hostOf({ user: "guest", prompts: answering("close sesame") })));
  expect(wrong.message).toContain("sudo: 3 incorrect password attempts");
  expect((await failure(who(hostOf({ user: "guest" })))).message).toContain(
    "guest is not root, sudo wants a password, and there is no terminal to ask on",
  );
});

test("a host that is gone without a word is missed, and the second time it ends what is under way", async () => {
  const host = hostOf({ configText: "ServerAliveInterval 1\n" });
  expect(await who(host)).toBe("root");
  const sleeping = failure(host.run(["sleep", "600"]));
  {
    await using _dark = await gate.unplug();
    expect((await sleeping).message).toContain("run sleep 600: the connection was lost");
  }
  expect(await who(host)).toBe("root");
  await gate.cut();
  await expect.poll(async () => (await failure(host.run(["true"]))).message).toContain("the connection was lost twice");
});
