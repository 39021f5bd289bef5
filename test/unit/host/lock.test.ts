import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LockHeldError, takeLock } from "../../../src/host/lock.ts";

const LOCK = new URL("../../../src/host/lock.ts", import.meta.url).href;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A lock that no other run of the tests asks for. */
function name(): string {
  return `test ${randomUUID()}`;
}

async function failure(of: Promise<unknown>): Promise<unknown> {
  return of.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("the second is told who has it, and gets it once that one is done", async () => {
  const lock = name();
  {
    await using _first = await takeLock(lock, "corebed apply (process 12)");
    const error = await failure(takeLock(lock, "corebed destroy (process 13)"));
    expect(error).toBeInstanceOf(LockHeldError);
    expect(error).toMatchObject({
      holder: "corebed apply (process 12)",
      message: `${lock} is being changed by corebed apply (process 12)`,
    });
  }
  await using second = await takeLock(lock, "corebed destroy (process 13)");
  expect(second).toBeDefined();
});

test("of many who want it at the same time one gets it", async () => {
  const lock = name();
  const taken = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => takeLock(lock, `taker ${i}`)));
  const winners = taken.flatMap((one, i) => (one.status === "fulfilled" ? [{ i, lock: one.value }] : []));
  expect(winners).toHaveLength(1);
  for (const one of taken) {
    if (one.status === "rejected") expect(one.reason).toMatchObject({ holder: `taker ${winners[0]?.i}` });
  }
  await winners[0]?.lock[Symbol.asyncDispose]();
});

test("nobody who asks can keep the holder from giving it back", async () => {
  const lock = name();
  const held = await takeLock(lock, "holder");
  const asking = connect(`\0corebed/lock/${lock}`);
  asking.on("error", () => {});
  asking.pause();
  // Says something, which nobody reads, and never ends.
  await new Promise<void>((resolve) => asking.write("x", () => resolve()));
  await held[Symbol.asyncDispose]();
  await using again = await takeLock(lock, "next", 2_000);
  expect(again).toBeDefined();
  asking.destroy();
});

test("locks of other names are others", async () => {
  await using one = await takeLock(name(), "a");
  await using other = await takeLock(name(), "b");
  expect([one, other]).toHaveLength(2);
});

test("a name that looks like a path or is not ASCII is one name", async () => {
  const lock = `${name()}/../größe`;
  await using _held = await takeLock(lock, "a");
  expect(await failure(takeLock(lock, "b"))).toBeInstanceOf(LockHeldError);
});

test("goes back when its holder is killed, without anybody tidying up", async () => {
  const lock = name();
  const script = `
    import { takeLock } from ${JSON.stringify(LOCK)};
    await takeLock(${JSON.stringify(lock)}, "corebed run (process " + process.pid + ")");
    console.log("taken");
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  expect(await failure(takeLock(lock, "me"))).toMatchObject({ holder: `corebed run (process ${child.pid})` });

  child.kill("SIGKILL");
  await once(child, "exit");
  await using mine = await takeLock(lock, "me");
  expect(mine).toBeDefined();
});

test("does not keep the program of its holder alive", async () => {
  const script = `import { takeLock } from ${JSON.stringify(LOCK)}; await takeLock(${JSON.stringify(name())}, "a");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit" });
  children.push(child);
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a lock whose holder has no words for it is held all the same", async () => {
  const lock = name();
  const script = `
    import { createServer } from "node:net";
    createServer((socket) => socket.destroy()).listen(${JSON.stringify(`\0corebed/lock/${lock}`)}, () => console.log("taken"));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  const error = await failure(takeLock(lock, "me"));
  expect(error).toBeInstanceOf(LockHeldError);
});

test("whoever sits on the name cannot steer the terminal or fill the memory of who asks", async () => {
  const lock = name();
  await using _flood = await takeLock(lock, `\u001b[2Jx\u202e${"y".repeat(1_000_000)}`);
  const error = await failure(takeLock(lock, "corebed destroy (process 13)"));
  expect(error).toBeInstanceOf(LockHeldError);
  expect((error as LockHeldError).holder).toMatch(/^\ufffd\[2Jx\ufffdy{180,200}$/);
});
