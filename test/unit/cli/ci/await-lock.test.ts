import { expect, test } from "vitest";
import { awaitLock } from "../../../../src/cli/ci/await-lock.ts";
import { LockHeldError } from "../../../../src/host/lock.ts";

/** A machine whose lock others hold, one after another, and a clock that goes forward only while somebody sleeps. */
function machine(holders: readonly string[]) {
  const [left, told] = [[...holders], [] as string[]];
  let now = 0;
  const host = {
    lock: async (name: string, owner: string): Promise<AsyncDisposable> => {
      const holder = left.shift();
      if (holder !== undefined) throw new LockHeldError(name, holder);
      told.push(`${owner} has it`);
      return { [Symbol.asyncDispose]: async () => {} };
    },
  };
  const options = (waitMs: number) => ({
    owner: "we",
    waitMs,
    elapsed: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
    onWait: (holder: string) => void told.push(`waits for ${holder}`),
  });
  return { host, options, told };
}

test("who waits is told for whom, once for each, and gets it when it is free", async () => {
  const { host, options, told } = machine(["a", "a", "a", "b", "b"]);
  await using _lock = await awaitLock(host, options(60_000));
  expect(told).toEqual(["waits for a", "waits for b", "we has it"]);
});

test("without patience, or when it ends, the holder is named", async () => {
  await expect(awaitLock(machine(["a"]).host, machine([]).options(0))).rejects.toMatchObject({ holder: "a" });
  const { host, options } = machine(Array.from({ length: 100 }, () => "a"));
  await expect(awaitLock(host, options(10_000))).rejects.toBeInstanceOf(LockHeldError);
});

test("what is no lock of somebody else's ends it", async () => {
  const host = { lock: () => Promise.reject(new Error("no such host")) };
  await expect(awaitLock(host, machine([]).options(10_000))).rejects.toThrow("no such host");
});
