import { readHugePageFacts } from "../host/facts.ts";
import { type Host, HostError } from "../host/host.ts";
import { textReader } from "../host/look.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import { SetupError } from "./setup-error.ts";

/** Pages of the default size. */
const PAGES_FILE = "/proc/sys/vm/nr_hugepages";
/** What corebed reserved on this boot of the machine. */
export const HUGE_PAGES_RECORD = "/run/corebed/huge-pages.json";
/** Enough for the switch and a dozen NFs. */
const DEFAULT_BYTES = 1024 ** 3;
/** A page is never shared between containers: with pages of 1 GiB, a switch and three NFs. */
const DEFAULT_PAGES_AT_LEAST = 4;
/** At most this part of the memory. */
const SHARE_OF_MEMORY = 1 / 4;

interface HugePagesRecord {
  readonly bootId: string;
  /** Pages that were there before corebed reserved any. */
  readonly before: number;
  /** Pages that corebed added and has not given back. */
  readonly reserved: number;
}

export interface Reservation {
  readonly pageKib: number;
  /** Pages before and after. */
  readonly before: number;
  readonly total: number;
  /** Pages that the kernel could not find; memory is too fragmented, or used. */
  readonly short: number;
  /** The kernel was asked to compact its memory and drop its caches to find them. */
  readonly compacted: boolean;
}

/** Pages that `doctor --fix` wants to have in all: 1 GiB of them (512 of 2 MiB), or a quarter of the memory if that is less. */
export function wantedHugePages(facts: Pick<HostFacts, "hugePages" | "memory">): number {
  const pageBytes = facts.hugePages.pageKib * 1024;
  if (pageBytes === 0) return 0;
  const wanted = Math.max(DEFAULT_BYTES / pageBytes, DEFAULT_PAGES_AT_LEAST);
  return Math.floor(Math.min(wanted, (facts.memory.totalBytes * SHARE_OF_MEMORY) / pageBytes));
}

/** Makes the number of huge pages of the default size at least `pages`; never lowers it. What was added is on record, for `releaseHugePages`. */
export async function reserveHugePages(host: Host, pages: number): Promise<Reservation> {
  const { pageKib, total: before } = await readHugePageFacts(host);
  if (pageKib === 0) {
    throw new SetupError("reserve huge pages", "this kernel has no huge pages", {
      hint: "boot a kernel with CONFIG_HUGETLBFS; every distribution's own kernel has it",
    });
  }
  if (before >= pages) return { pageKib, before, total: before, short: 0, compacted: false };

  // On record before they are there: killed in between, they would be nobody's to give back. Too many on record do no harm.
  const record = await readRecord(host);
  const had = { before: record?.before ?? before, reserved: record?.reserved ?? 0 };
  await writeRecord(host, { ...had, reserved: had.reserved + (pages - before) });
  let total = await setPages(host, pages);
  const compacted = total < pages;
  if (compacted) {
    await makeRoom(host);
    total = await setPages(host, pages);
  }
  await writeRecord(host, { ...had, reserved: had.reserved + (total - before) });
  return { pageKib, before, total, short: pages - total, compacted };
}

/**
 * Gives back the pages that corebed reserved, less those in use; says how many it gave back. Pages that were there before stay, and so do those that were
 * reserved before the machine was last started.
 */
export async function releaseHugePages(host: Host): Promise<{ readonly released: number; readonly kept: number }> {
  const record = await readRecord(host);
  if (record === undefined) return { released: 0, kept: 0 };
  const { total, free } = await readHugePageFacts(host);
  const ours = Math.max(0, Math.min(record.reserved, total - record.before));
  const after = ours === 0 ? total : await setPages(host, total - Math.min(ours, free));
  const released = total - after;
  const kept = ours - released;
  if (kept === 0) await host.remove(HUGE_PAGES_RECORD);
  else await writeRecord(host, { before: record.before, reserved: kept });
  return { released, kept };
}

/** Sets the number of pages and reads back how many the kernel really has. */
async function setPages(host: Host, pages: number): Promise<number> {
  try {
    await host.write(PAGES_FILE, `${pages}\n`);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new SetupError("reserve huge pages", `cannot write ${PAGES_FILE}: ${error.reason}`, {
      cause: error,
      hint: "run corebed as root or with sudo; in a container the file must be writable",
    });
  }
  return (await readHugePageFacts(host)).total;
}

/** Pages must be contiguous: gives up file caches and moves what else lies in between. Where the kernel cannot, nothing is lost. */
async function makeRoom(host: Host): Promise<void> {
  for (const [path, text] of [
    ["/proc/sys/vm/drop_caches", "3\n"],
    ["/proc/sys/vm/compact_memory", "1\n"],
  ] as const) {
    try {
      await host.write(path, text);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** The record of this boot; /run outlives a restart on some machines, the pages do not. */
async function readRecord(host: Host): Promise<HugePagesRecord | undefined> {
  const text = await host.read(HUGE_PAGES_RECORD);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Partial<HugePagesRecord>;
    if (record.bootId !== (await bootId(host))) return undefined;
    if (!Number.isInteger(record.before) || !Number.isInteger(record.reserved)) return undefined;
    return record as HugePagesRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeRecord(host: Host, record: Omit<HugePagesRecord, "bootId">): Promise<void> {
  await host.makeDirectory("/run/corebed", 0o700);
  await host.write(HUGE_PAGES_RECORD, `${JSON.stringify({ bootId: await bootId(host), ...record })}\n`);
}

async function bootId(host: Host): Promise<string> {
  return (await textReader(host)("/proc/sys/kernel/random/boot_id")).trim();
}
