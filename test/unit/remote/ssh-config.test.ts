import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSshConfig } from "../../../src/remote/read-ssh-config.ts";
import { type LocalUser, SshConfigError, targetOf } from "../../../src/remote/ssh-config.ts";

const LOCAL: LocalUser = { name: "me", home: "/home/me", agent: "/run/agent" };
const address = (host: string) => ({ user: undefined, host, port: undefined });

test("without a configuration ssh's own defaults hold", () => {
  expect(targetOf(address("rig7"), "", LOCAL)).toEqual({
    alias: "rig7",
    hostName: "rig7",
    port: 22,
    user: "me",
    identityFiles: ["/home/me/.ssh/id_ed25519", "/home/me/.ssh/id_ecdsa", "/home/me/.ssh/id_rsa"],
    explicitIdentities: false,
    identitiesOnly: false,
    agent: "/run/agent",
    jumps: [],
    hostKeyAlias: undefined,
    knownHostsFiles: [
      "/home/me/.ssh/known_hosts",
      "/home/me/.ssh/known_hosts2",
      "/etc/ssh/ssh_known_hosts",
      "/etc/ssh/ssh_known_hosts2",
    ],
    strictHostKeyChecking: "ask",
    aliveIntervalS: 15,
  });
});

const CONFIG = `
Host rig7 rig8
  HostName %h.lab.example.org
  User bench
  port 2222
  IdentityFile ~/.ssh/rigs
  IdentityFile %d/keys/%r-%n
  IdentitiesOnly yes
  ProxyJump gate@jump:2200,inner

Host rig* !rig9
  Port 9
  UserKnownHostsFile ~/.ssh/rigs_known /srv/known
  StrictHostKeyChecking accept-new

Host *
  ServerAliveInterval 5
  IdentityAgent none
`;

test("the first value counts, patterns and negation hold, tokens are filled in", () => {
  expect(targetOf(address("rig7"), CONFIG, LOCAL)).toMatchObject({
    hostName: "rig7.lab.example.org",
    user: "bench",
    port: 2222,
    identityFiles: ["/home/me/.ssh/rigs", "/home/me/keys/bench-rig7"],
    explicitIdentities: true,
    identitiesOnly: true,
    agent: undefined,
    jumps: [
      { user: "gate", host: "jump", port: 2200 },
      { user: undefined, host: "inner", port: undefined },
    ],
    strictHostKeyChecking: "accept-new",
    aliveIntervalS: 5,
  });
  expect(targetOf(address("rig7"), CONFIG, LOCAL).knownHostsFiles).toEqual(
    expect.arrayContaining(["/home/me/.ssh/rigs_known", "/srv/known"]),
  );
  expect(targetOf(address("rig9"), CONFIG, LOCAL)).toMatchObject({ port: 22, strictHostKeyChecking: "ask" });
});

test("what the address says goes before the configuration", () => {
  expect(targetOf({ user: "root", host: "rig7", port: 22 }, CONFIG, LOCAL)).toMatchObject({ user: "root", port: 22 });
});

test("a name in quotes is one name, whatever blanks it has", () => {
  const files = (line: string) =>
    targetOf(address("rig7"), `${line}\nGlobalKnownHostsFile none\n`, LOCAL).knownHostsFiles;
  expect(files('UserKnownHostsFile "~/my keys/known"')).toEqual(["/home/me/my keys/known"]);
  expect(files('UserKnownHostsFile "/srv/rig 7" /srv/known')).toEqual(["/srv/rig 7", "/srv/known"]);
});

test("no signs of life are asked for where the configuration says so", () => {
  const interval = (value: string) => targetOf(address("rig7"), `ServerAliveInterval ${value}`, LOCAL).aliveIntervalS;
  expect(["0", "7", "often"].map(interval)).toEqual([0, 7, 15]);
});

test("variables are filled in as ssh does", () => {
  const braced = (name: string) => `\${${name}}`;
  const local = { ...LOCAL, environment: { RIG_AGENT: "/run/rig-agent", RIGS: "/srv/rigs" } };
  const target = (config: string) => targetOf(address("rig7"), config, local);
  expect(target("IdentityAgent $RIG_AGENT").agent).toBe("/run/rig-agent");
  expect(target(`IdentityAgent ${braced("RIGS")}/agent`).agent).toBe("/srv/rigs/agent");
  expect(target("IdentityAgent $NONE").agent).toBeUndefined();
  expect(target(`IdentityFile ${braced("RIGS")}/%n`).identityFiles).toEqual(["/srv/rigs/rig7"]);
  expect(() => target(`IdentityFile ${braced("NONE")}/key`)).toThrow(
    "{NONE} in ssh's configuration: there is no such variable",
  );
});

test("a way that corebed cannot go is refused", () => {
  const config = "Host rig7\n  ProxyCommand nc %h %p\n";
  expect(() => targetOf(address("rig7"), config, LOCAL)).toThrow(SshConfigError);
  expect(() => targetOf(address("rig7"), config, LOCAL)).toThrow("ProxyJump only");
});

test("included files stand where they are included, and end no section", async () => {
  const home = await mkdtemp(join(tmpdir(), "corebed-ssh-config-"));
  try {
    await mkdir(join(home, ".ssh/more"), { recursive: true });
    await writeFile(join(home, ".ssh/config"), 'Include more/*.conf "~/.ssh/other"\nUser everybody\n');
    await writeFile(join(home, ".ssh/more/a.conf"), "Host rig7\n  Port 7\n");
    await writeFile(join(home, ".ssh/other"), "Host rig8\n  Port 8\n");
    const text = await readSshConfig({ ...LOCAL, home });
    expect(targetOf(address("rig7"), text, LOCAL)).toMatchObject({ port: 7, user: "everybody" });
    expect(targetOf(address("rig8"), text, LOCAL)).toMatchObject({ port: 8, user: "everybody" });
    expect(targetOf(address("rig9"), text, LOCAL)).toMatchObject({ port: 22, user: "everybody" });
  } finally {
    await rm(home, { recursive: true });
  }
});

test("`Match user` is about the user of the address, who logs in there", () => {
  const config = "Match user bench\n  Port 2222\nMatch user me\n  Port 9\n";
  expect(targetOf({ ...address("rig7"), user: "bench" }, config, LOCAL)).toMatchObject({ user: "bench", port: 2222 });
  expect(targetOf({ ...address("rig7"), user: "root" }, config, LOCAL)).toMatchObject({ user: "root", port: 22 });
});
