import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AwaitOptions, awaitLease, holderText, LeaseHeldError } from "../../../../src/host/await-lease.ts";
import { type Lease, type LeaseWorld, SILENCE_MS, tryTakeLease } from "../../../../src/host/lease.ts";
import type { LeaseRecord } from "../../../../src/host/lease-record.ts";
import { FakeMachine } from "./lease-support.ts";

let directory: string;
let machine: FakeMachine;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "corebed-lease-")), "lease");
  machine = new FakeMachine(directory);
});
afterEach(() => rm(join(directory, ".."), { recursive: true }));

describe("taking a lease", () => {
  test("one holds it, the next is told who and since when", async () => {
    const lease = await taken(machine.start(10), "first");
    machine.pass(5_000);
    const attempt = await tryTakeLease(machine.start(11), "second");
    expect(attempt.taken).toBeUndefined();
    if (attempt.taken !== undefined) return;
    expect(holderText(attempt.heldBy)).toBe("first (process 10), since 2026-01-02 03:04:05 UTC");
    await lease[Symbol.asyncDispose]();
    await taken(machine.start(12), "third");
  });

  test("nobody else can read it, and nothing but it is left behind", async () => {
    const lease = await taken(machine.start(10), "first");
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, "cpus.json"))).mode & 0o777).toBe(0o600);
    await lease.beat({ labs: ["a"] });
    expect(await readdir(directory)).toEqual(["cpus.json"]);
    expect((await stat(join(directory, "cpus.json"))).mode & 0o777).toBe(0o600);
    await lease[Symbol.asyncDispose]();
    expect(await readdir(directory)).toEqual([]);
  });

  test("a dead holder's is taken over, with what it left up", async () => {
    const first = await taken(machine.start(10), "first");
    await first.beat({ labs: ["left-up"] });
    machine.kill(10);
    const attempt = await tryTakeLease(machine.start(11), "second");
    expect(attempt.taken).toBeDefined();
    expect(attempt.taken && attempt.from).toMatchObject({ owner: "first", labs: ["left-up"] });
  });

  test("what a dead holder left up is on record until somebody has removed it, however many die over it", async () => {
    const first = await taken(machine.start(10), "first");
    await first.beat({ labs: ["left-up"] });
    machine.kill(10);
    await taken(machine.start(11), "second");
    machine.kill(11);
    const attempt = await tryTakeLease(machine.start(12), "third");
    expect(attempt.taken && attempt.from).toMatchObject({ owner: "second", labs: ["left-up"] });
  });

  test("another process under the dead one's number does not stand in for it", async () => {
    await taken(machine.start(10), "first");
    machine.kill(10);
    machine.start(10);
    await taken(machine.start(11), "second");
  });

  test("one of another boot is over; one that cannot be seen from here is not", async () => {
    const before = await taken(machine.start(10, { bootId: "boot-before" }), "before the reboot");
    const hidden = await taken(machine.start(11, { namespace: "pid:[2]" }), "in a container");
    machine.kill(11);
    expect((await tryTakeLease(machine.start(12), "outside")).taken).toBeUndefined();
    expect(await before.beat()).toBe(false);
    expect(await hidden.beat()).toBe(true);
  });

  test("who was taken for dead learns of it, and takes nothing away", async () => {
    const first = await taken(machine.start(10), "first");
    machine.kill(10);
    const second = await taken(machine.start(11), "second");
    expect(await first.beat()).toBe(false);
    await first[Symbol.asyncDispose]();
    expect(await second.beat()).toBe(true);
  });

  test("whatever the order, no two living processes hold it", async () => {
    const step = fc.record({ who: fc.nat(3), what: fc.constantFrom("take", "release", "die", "beat" as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), async (rounds) => {
        await rm(directory, { recursive: true, force: true });
        const own = new FakeMachine(directory);
        const worlds = [0, 1, 2, 3].map((who) => own.start(100 + who));
        const held = new Map<number, Held>();
        for (const round of rounds) {
          // What is in one round happens at the same time.
          await Promise.all(
            round.map(async ({ who, what }) => {
              const lease = held.get(who)?.lease;
              if (what === "take" && lease === undefined) {
                const world = worlds[who] as LeaseWorld;
                const attempt = await tryTakeLease(world, `process ${who}`);
                if (attempt.taken !== undefined) held.set(who, { lease: attempt.taken, world });
              } else if (what === "release" && lease !== undefined) {
                held.delete(who);
                await lease[Symbol.asyncDispose]();
              } else if (what === "die") {
                held.delete(who);
                own.kill(100 + who);
                worlds[who] = own.start(100 + who);
              } else if (what === "beat" && lease !== undefined) {
                await lease.beat();
              }
            }),
          );
          // Each of them was told that it has the lease, and would be at work by now.
          const holders = await Promise.all([...held.values()].map(isAlive));
          expect(holders.filter(Boolean).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of many who find the same dead holder, one gets it", async () => {
    await taken(machine.start(10), "dead");
    machine.kill(10);
    const attempts = await Promise.all(
      Array.from({ length: 12 }, (_, index) => tryTakeLease(machine.start(20 + index), `waiter ${index}`)),
    );
    expect(attempts.filter((attempt) => attempt.taken !== undefined)).toHaveLength(1);
  });
});

describe("waiting for a lease", () => {
  test("it comes when the holder gives it back, and the wait is told once", async () => {
    const first = await taken(machine.start(10), "first");
    const told: (string | undefined)[] = [];
    const { lease } = await awaitLease(machine.start(11), {
      ...waiting(60_000),
      onWait: (heldBy) => told.push(heldBy?.owner),
      sleep: async (milliseconds) => {
        machine.pass(milliseconds);
        if (machine.elapsedMs >= 20_000) await first[Symbol.asyncDispose]();
        else await first.beat();
      },
    });
    expect(told).toEqual(["first"]);
    expect(lease.record.owner).toBe("second");
    expect(machine.elapsedMs).toBe(20_000);
  });

  test("it gives up in time, and says for whom", async () => {
    const first = await taken(machine.start(10), "first");
    const sleep = async (milliseconds: number): Promise<void> => {
      machine.pass(milliseconds);
      await first.beat();
    };
    const gaveUp = await awaitLease(machine.start(11), { ...waiting(7_500), sleep }).catch((error: unknown) => error);
    expect(gaveUp).toBeInstanceOf(LeaseHeldError);
    expect((gaveUp as LeaseHeldError).heldBy?.owner).toBe("first");
    expect(machine.elapsedMs).toBe(7_500);
  });

  test("with no time to wait it does not sleep at all", async () => {
    await taken(machine.start(10), "first");
    const sleep = () => Promise.reject(new Error("it slept"));
    await expect(awaitLease(machine.start(11), { ...waiting(0), sleep })).rejects.toBeInstanceOf(LeaseHeldError);
  });

  test("a holder that is there but silent for a minute counts as dead", async () => {
    await taken(machine.start(10), "hangs");
    const { from } = await awaitLease(machine.start(11), waiting(10 * SILENCE_MS));
    expect(from?.owner).toBe("hangs");
    expect(machine.elapsedMs).toBeGreaterThanOrEqual(SILENCE_MS);
    expect(machine.elapsedMs).toBeLessThan(1.2 * SILENCE_MS);
  });

  test("a holder that shows itself is waited for, however long it takes", async () => {
    const first = await taken(machine.start(10), "first");
    const sleep = async (milliseconds: number): Promise<void> => {
      machine.pass(milliseconds);
      if (machine.elapsedMs % 10_000 === 0) await first.beat();
    };
    const waitMs = 5 * SILENCE_MS;
    await expect(awaitLease(machine.start(11), { ...waiting(waitMs), sleep })).rejects.toBeInstanceOf(LeaseHeldError);
    expect(machine.elapsedMs).toBe(waitMs);
  });

  test("a machine that stood still for an hour kills no holder", async () => {
    const first = await taken(machine.start(10), "first");
    let looks = 0;
    const sleep = async (milliseconds: number): Promise<void> => {
      looks += 1;
      // The hour passes within one sleep: the holder had no time for a beat either.
      machine.pass(looks === 2 ? 3_600_000 : milliseconds);
      if (looks > 5) await first[Symbol.asyncDispose]();
      else if (looks !== 2) await first.beat();
    };
    const { from } = await awaitLease(machine.start(11), { ...waiting(7_200_000), sleep });
    expect(from).toBeUndefined();
  });

  test("a file that is no lease is somebody's whom we do not know, until it has been silent for long enough", async () => {
    const first = await taken(machine.start(10), "first");
    await first[Symbol.asyncDispose]();
    await writeFile(join(directory, "cpus.json"), "{ half a le");
    const told: (LeaseRecord | undefined)[] = [];
    const onWait = (heldBy: LeaseRecord | undefined): void => void told.push(heldBy);
    await awaitLease(machine.start(11), { ...waiting(10 * SILENCE_MS), onWait });
    expect(told).toEqual([undefined]);
    expect(machine.elapsedMs).toBeGreaterThanOrEqual(SILENCE_MS);
    expect(JSON.parse(await readFile(join(directory, "cpus.json"), "utf8"))).toMatchObject({ owner: "second" });
  });
});

interface Held {
  readonly lease: Lease;
  readonly world: LeaseWorld;
}

async function isAlive({ world }: Held): Promise<boolean> {
  return (await world.startTimeOf(world.self.pid)) === world.self.startTime;
}

async function taken(world: LeaseWorld, owner: string): Promise<Lease> {
  const attempt = await tryTakeLease(world, owner);
  if (attempt.taken === undefined) throw new Error(`held by ${attempt.heldBy?.owner}`);
  return attempt.taken;
}

function waiting(waitMs: number): AwaitOptions {
  return {
    owner: "second",
    waitMs,
    elapsed: () => machine.elapsedMs,
    sleep: async (milliseconds) => machine.pass(milliseconds),
    onWait: () => {},
  };
}
