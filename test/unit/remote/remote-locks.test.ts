import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { LockHeldError, remoteLockFile } from "../../../src/host/lock.ts";
import { Connection } from "../../../src/remote/connection.ts";
import { RemoteLocks } from "../../../src/remote/remote-locks.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";
import { LocalClient } from "./local-client.ts";

function locksIn(directory: string, programs?: string) {
  const client = new LocalClient(programs);
  onTestFinished(() => client[Symbol.dispose]());
  const connection = new Connection("ssh://rig", async () => ({ client: client.asClient, close: () => client.end() }));
  return { client, locks: new RemoteLocks(connection, directory) };
}

/** Processes of the shell that holds the locks, itself not counted. */
function holders({ groups }: LocalClient): readonly string[] {
  const all = execFileSync("ps", ["-eo", "pgid=,pid=,args="], { encoding: "utf8" }).split("\n");
  const rows = all.map((row) => row.trim().split(/\s+/));
  return rows.filter(([group, pid]) => groups.includes(Number(group)) && group !== pid).map(([, pid = ""]) => pid);
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error("it went through"),
    (error: Error) => error,
  );
}

test("a lock is held until it is given back, and nothing is left of those that were not got", async () => {
  const directory = temporaryDirectory("locks");
  const [one, other] = [locksIn(directory), locksIn(directory)];
  const held = await one.locks.take("lab x", "corebed apply");
  await using _beside = await one.locks.take("lab y", "corebed apply");
  const refused = await failure(other.locks.take("lab x", "corebed run", 500));
  expect(refused).toBeInstanceOf(LockHeldError);
  expect(refused.message).toBe("lab x is being changed by corebed apply");
  expect(holders(other.client)).toEqual([]);
  expect(holders(one.client)).toHaveLength(2);
  await held[Symbol.asyncDispose]();
  expect(holders(one.client)).toHaveLength(1);
  await using _next = await other.locks.take("lab x", "corebed run");
  expect(readdirSync(directory).toSorted()).toEqual(["lab x", "lab y"].map(remoteLockFile));
});

test("a lock whose process was killed can be given back all the same", async () => {
  const { client, locks } = locksIn(temporaryDirectory("locks"));
  const lock = await locks.take("lab x", "corebed apply");
  for (const holder of holders(client)) process.kill(Number(holder), "SIGKILL");
  await lock[Symbol.asyncDispose]();
  await using _again = await locks.take("lab x", "corebed apply");
});

test("what keeps a host from holding locks is told as that", async () => {
  const unwritable = await failure(locksIn("/proc/none").locks.take("lab x", "corebed apply"));
  expect(unwritable).toBeInstanceOf(HostError);
  expect(unwritable.message).toMatch(/^ssh:\/\/rig: hold a lock: mkdir: cannot create directory .\/proc\/none.: /);
  const programs = temporaryDirectory("programs");
  writeFileSync(join(programs, "flock"), "#!/bin/sh\necho 'sh: 1: flock: not found' >&2; exit 127\n", { mode: 0o755 });
  const lacking = await failure(locksIn(temporaryDirectory("locks"), programs).locks.take("lab x", "corebed apply"));
  expect(lacking.message).toBe("ssh://rig: hold a lock: flock: not found");
});

test("locks whose shell is killed alone are taken again", async () => {
  const directory = temporaryDirectory("locks");
  const [one, other] = [locksIn(directory), locksIn(directory)];
  const held = await one.locks.take("lab x", "corebed apply");
  process.kill(one.client.groups[0] ?? 0, "SIGKILL");
  await expect.poll(() => one.client.groups.length).toBe(2);
  await expect.poll(() => holders(one.client).length).toBe(1);
  expect((await failure(other.locks.take("lab x", "corebed run"))).message).toContain("by corebed apply");
  await held[Symbol.asyncDispose]();
  await using _next = await other.locks.take("lab x", "corebed run");
  expect(one.client.ended).toBe(false);
});

test("where they cannot be taken again nothing goes on without them: the connection counts as lost", async () => {
  const { client, locks } = locksIn(temporaryDirectory("locks"));
  await locks.take("lab x", "corebed apply");
  client.refusal = new Error("(SSH) Channel open failure: open failed");
  process.kill(client.groups[0] ?? 0, "SIGKILL");
  await expect.poll(() => client.ended).toBe(true);
});
