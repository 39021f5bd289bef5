import { expect, test } from "vitest";
import {
  HUGE_PAGES_RECORD,
  releaseHugePages,
  reserveHugePages,
  wantedHugePages,
} from "../../../src/setup/huge-pages.ts";
import { referenceMachine } from "./example-facts.ts";
import { FakeHost } from "./fake-host.ts";

const BOOT = "/proc/sys/kernel/random/boot_id";

/** A kernel with room for `room` pages, `roomAfterCompaction` once its memory was compacted. */
class HugePageHost extends FakeHost {
  total: number;
  used = 0;
  room: number;
  /** Whoever waits for its memory to be compacted is killed. */
  diesOnCompaction = false;
  readonly roomAfterCompaction: number;

  constructor(total: number, room = 10_000, roomAfterCompaction = room) {
    super({ [BOOT]: "boot-1\n" });
    this.total = total;
    this.room = room;
    this.roomAfterCompaction = roomAfterCompaction;
  }

  override async read(path: string): Promise<string | undefined> {
    if (path !== "/proc/meminfo") return super.read(path);
    return `HugePages_Total: ${this.total}\nHugePages_Free: ${this.total - this.used}\nHugePages_Rsvd: 0\nHugepagesize: 2048 kB\n`;
  }

  override async write(path: string, text: string): Promise<void> {
    await super.write(path, text);
    if (path.endsWith("/compact_memory") && this.diesOnCompaction) throw new Error("killed");
    if (path.endsWith("/compact_memory")) this.room = this.roomAfterCompaction;
    if (path.endsWith("/nr_hugepages")) this.total = Math.min(Number(text), this.room);
  }
}

test("how many are wanted", () => {
  expect(wantedHugePages(referenceMachine)).toBe(512);
  expect(wantedHugePages({ ...referenceMachine, memory: { totalBytes: 1024 ** 3, availableBytes: 0 } })).toBe(128);
  const giant = { pageKib: 1_048_576, total: 0, free: 0, mounts: [] };
  expect(wantedHugePages({ ...referenceMachine, hugePages: giant })).toBe(4);
  expect(wantedHugePages({ ...referenceMachine, hugePages: { ...giant, pageKib: 0 } })).toBe(0);
});

test("reserving, again, and giving back", async () => {
  const host = new HugePageHost(100);
  expect(await reserveHugePages(host, 512)).toEqual({
    pageKib: 2048,
    before: 100,
    total: 512,
    short: 0,
    compacted: false,
  });
  expect((await reserveHugePages(host, 512)).before).toBe(512);
  await reserveHugePages(host, 600);
  expect(await releaseHugePages(host)).toEqual({ released: 500, kept: 0 });
  expect(host.total).toBe(100);
  expect(host.files.has(HUGE_PAGES_RECORD)).toBe(false);
  expect(await releaseHugePages(host)).toEqual({ released: 0, kept: 0 });
});

test("what was reserved by a command that was killed on the way is given back as well", async () => {
  const host = new HugePageHost(100);
  host.diesOnCompaction = true;
  host.room = 300;
  await expect(reserveHugePages(host, 512)).rejects.toThrow("killed");
  expect(host.total).toBe(300);
  expect(await releaseHugePages(host)).toEqual({ released: 200, kept: 0 });
  expect(host.total).toBe(100);
});

test("never lowers what is there", async () => {
  const host = new HugePageHost(1024);
  expect((await reserveHugePages(host, 512)).total).toBe(1024);
  expect(host.writes).toEqual([]);
});

test("pages in use are kept, and given back later", async () => {
  const host = new HugePageHost(0);
  await reserveHugePages(host, 512);
  host.used = 60;
  expect(await releaseHugePages(host)).toEqual({ released: 452, kept: 60 });
  host.used = 0;
  expect(await releaseHugePages(host)).toEqual({ released: 60, kept: 0 });
  expect(host.total).toBe(0);
});

test("fragmented memory is compacted once", async () => {
  const host = new HugePageHost(0, 300, 512);
  expect(await reserveHugePages(host, 512)).toEqual({
    pageKib: 2048,
    before: 0,
    total: 512,
    short: 0,
    compacted: true,
  });
});

test("what the kernel could not find is said, and not given back", async () => {
  const host = new HugePageHost(10, 300);
  expect(await reserveHugePages(host, 512)).toMatchObject({ total: 300, short: 212, compacted: true });
  expect(await releaseHugePages(host)).toEqual({ released: 290, kept: 0 });
});

test("after a restart the old record counts for nothing", async () => {
  const host = new HugePageHost(0);
  await reserveHugePages(host, 512);
  host.files.set(BOOT, "boot-2\n");
  expect(await releaseHugePages(host)).toEqual({ released: 0, kept: 0 });
  expect(host.total).toBe(512);
});

test("pages that an administrator took away meanwhile are not taken twice", async () => {
  const host = new HugePageHost(100);
  await reserveHugePages(host, 512);
  host.total = 120;
  expect(await releaseHugePages(host)).toEqual({ released: 20, kept: 0 });
});
