import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { awaitLease, LeaseHeldError } from "../../../../src/host/await-lease.ts";
import { ownIdentity, startTimeOf } from "../../../../src/host/process-identity.ts";

const HOLDER = fileURLToPath(new URL("./lease-holder.ts", import.meta.url));
let holder: ChildProcess | undefined;
let folder: string | undefined;

afterEach(async () => {
  holder?.kill("SIGKILL");
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});

test("the lease of a process that was killed with SIGKILL is free at once, and its labs are known", async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-lease-killed-"));
  holder = spawn(process.execPath, [HOLDER, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(holder.stdout ?? holder, "data");
  expect(String(said)).toBe("taken\n");
  const world = { directory: folder, self: await ownIdentity(), startTimeOf, now: () => new Date() };
  const options = {
    owner: "the waiter",
    elapsed: () => performance.now(),
    sleep: async (milliseconds: number) => void (await sleep(Math.min(milliseconds, 50))),
    onWait: () => {},
  };
  await expect(awaitLease(world, { ...options, waitMs: 0 })).rejects.toBeInstanceOf(LeaseHeldError);

  const waiting = awaitLease(world, { ...options, waitMs: 15_000 });
  holder.kill("SIGKILL");
  const { lease, from } = await waiting;
  expect(from).toMatchObject({ owner: "the holder", labs: ["left-up"], process: { pid: holder.pid } });
  await lease[Symbol.asyncDispose]();
});

test("a process that has ended is none, even where its parent has not asked about it", async () => {
  // sleep asks about nobody, so the child that the shell leaves to it stays in the table of processes.
  holder = spawn("/bin/sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(holder.stdout ?? holder, "data");
  const pid = Number(String(said));
  await expect.poll(() => readFile(`/proc/${pid}/stat`, "utf8")).toMatch(/\) Z /);
  expect(await startTimeOf(pid)).toBeUndefined();
  expect(await startTimeOf(process.pid)).toMatch(/^\d+$/);
});
