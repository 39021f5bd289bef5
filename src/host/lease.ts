import { randomUUID } from "node:crypto";
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LeaseRecord, leaseText, type ProcessIdentity, parseLease } from "./lease-record.ts";
import { takeLock } from "./lock.ts";

/** Where leases of this machine's CPUs are kept. It does not outlive a boot. */
export const LEASE_DIRECTORY = "/run/corebed-lease";

/** How often a holder shows that it is well, and how long it may not before it counts as dead. */
export const BEAT_MS = 10_000;
export const SILENCE_MS = 60_000;

/** How long a change of the lease's file may keep others waiting, which takes milliseconds. */
const CHANGE_MS = 5_000;

/** What leases need to know of the machine. */
export interface LeaseWorld {
  readonly directory: string;
  readonly self: ProcessIdentity;
  readonly startTimeOf: (pid: number) => Promise<string | undefined>;
  readonly now: () => Date;
}

/** What a try came to. */
export type Attempt =
  | { readonly taken: Lease; readonly from: LeaseRecord | undefined }
  | { readonly taken?: undefined; readonly heldBy: LeaseRecord | undefined; readonly text: string };

/**
 * Tries to take the lease of the machine. It is free where there is no file; where its holder's process is no more (of this boot, and this namespace, so that
 * it could be seen); and where the caller has watched it, unchanged as `silent` has it, for too long. `from` is the record of a holder that died.
 */
export async function tryTakeLease(world: LeaseWorld, owner: string, silent?: string): Promise<Attempt> {
  await mkdir(world.directory, { recursive: true, mode: 0o700 });
  await chmod(world.directory, 0o700);
  const seen = await readLease(world);
  // Looking is free; the lock is only for those who are about to change something.
  if (seen !== undefined && !(await isOver(world, seen, silent))) return { heldBy: parseLease(seen), text: seen };
  return exclusively(world, async () => {
    const found = await readLease(world);
    if (found !== undefined && !(await isOver(world, found, silent))) return { heldBy: parseLease(found), text: found };
    const from = found === undefined ? undefined : parseLease(found);
    const record: LeaseRecord = {
      schema: "corebed/lease/1",
      id: randomUUID(),
      owner,
      process: world.self,
      since: world.now().toISOString(),
      beats: 0,
      // Those of a holder that died are this one's to remove: should it die before that, the next one must know of them.
      labs: from?.labs ?? [],
    };
    await putLease(world, record, found === undefined ? "new" : "in-place-of-another");
    return { taken: new Lease(world, record), from };
  });
}

/** The right to the machine's CPUs, until it is disposed of or found to be lost. */
export class Lease implements AsyncDisposable {
  readonly #world: LeaseWorld;
  #record: LeaseRecord;
  #beating: NodeJS.Timeout | undefined;

  constructor(world: LeaseWorld, record: LeaseRecord) {
    this.#world = world;
    this.#record = record;
  }

  get record(): LeaseRecord {
    return this.#record;
  }

  /** Shows that the holder is well; false if somebody took it for dead meanwhile, and holds the lease now. */
  async beat(change: Partial<Pick<LeaseRecord, "labs">> = {}): Promise<boolean> {
    return exclusively(this.#world, async () => {
      if (!(await this.#isOwn())) return false;
      this.#record = { ...this.#record, ...change, beats: this.#record.beats + 1 };
      await putLease(this.#world, this.#record, "in-place-of-another");
      return true;
    });
  }

  /** Beats by itself from now on; `onLost` is told at most once. */
  keepBeating(onLost: () => void): void {
    this.#beating = setInterval(() => {
      this.beat().then(
        (own) => {
          if (own) return;
          clearInterval(this.#beating);
          onLost();
        },
        // A beat that does not come off is made up for by the next; who waits allows for several.
        () => {},
      );
    }, BEAT_MS);
    this.#beating.unref();
  }

  /** Gives it back, unless somebody else has it by now. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beating);
    await exclusively(this.#world, async () => {
      if (await this.#isOwn()) await rm(pathOf(this.#world), { force: true });
    });
  }

  async #isOwn(): Promise<boolean> {
    const text = await readLease(this.#world);
    return text !== undefined && parseLease(text)?.id === this.#record.id;
  }
}

/** Whether nobody stands behind this lease any more. */
async function isOver(world: LeaseWorld, text: string, silent: string | undefined): Promise<boolean> {
  if (text === silent) return true;
  const record = parseLease(text);
  if (record === undefined) return false;
  const { pid, startTime, bootId, namespace } = record.process;
  if (bootId !== world.self.bootId) return true;
  if (namespace !== world.self.namespace) return false;
  return (await world.startTimeOf(pid)) !== startTime;
}

async function readLease(world: LeaseWorld): Promise<string | undefined> {
  try {
    return await readFile(pathOf(world), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** In one step, so that nobody reads half a lease; a new one fails where there is one. */
async function putLease(world: LeaseWorld, record: LeaseRecord, how: "new" | "in-place-of-another"): Promise<void> {
  const unfinished = join(world.directory, `.${record.id}.part`);
  await writeFile(unfinished, leaseText(record), { mode: 0o600 });
  try {
    await (how === "new" ? link : rename)(unfinished, pathOf(world));
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * Looking at the lease and changing it must be one step: of two who find the same dead holder, the second would take the lease from the first. The lock is
 * the kernel's, which frees it whatever becomes of who has it, and is held for the moment of the change only.
 */
async function exclusively<T>(world: LeaseWorld, action: () => Promise<T>): Promise<T> {
  const { dev, ino } = await stat(world.directory);
  await using _lock = await takeLock(`lease ${dev}:${ino}`, `process ${process.pid}`, CHANGE_MS);
  return await action();
}

function pathOf(world: LeaseWorld): string {
  return join(world.directory, "cpus.json");
}
