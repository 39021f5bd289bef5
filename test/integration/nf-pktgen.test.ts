import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "./support/eventually.ts";
import { NfContainers } from "./support/nf-container.ts";
import { NfSocket } from "./support/nf-socket.ts";
import { takeTurn } from "./support/turn.ts";

/** The generator by itself: one that sends into nothing, and one with a receiver at the other end of a memif. */
const START = { trial: 1, dstMac: "02:42:c6:12:00:03" };
const IMIX = [
  { bytes: 64, weight: 7 },
  { bytes: 570, weight: 4 },
  { bytes: 1518, weight: 1 },
];

let turn: AsyncDisposable | undefined;
let nfs: NfContainers;
let alone = "";
let generator = "";
let receiver = "";

beforeAll(async () => {
  turn = await takeTurn();
  nfs = await NfContainers.open();
  const memif = (role: string): string => `driver=memif,socket=${join(nfs.directory, "a.memif")},role=${role},mtu=9000`;
  alone = await nfs.start("pktgen", 1, "alone", "driver=null");
  receiver = await nfs.start("stats", 0, "receiver", memif("server"));
  generator = await nfs.start("pktgen", 1, "generator", memif("client"));
  using socket = await NfSocket.open(generator);
  const linked = async (): Promise<boolean> =>
    ((await socket.call("stats")).result as unknown as { ports: { linkUp: boolean }[] }).ports[0]?.linkUp === true;
  await eventually(linked, { what: "the memif is up" });
});

afterAll(async () => {
  await nfs?.[Symbol.asyncDispose]();
  await turn?.[Symbol.asyncDispose]();
});

interface Sent {
  readonly offered: number;
  readonly sent: number;
  readonly sentBytes: number;
  readonly seconds: number;
  /** Of the port, since it is up. */
  readonly txPackets: number;
  readonly windows: { readonly count: number; readonly minSent: number; readonly maxSent: number };
}

/** Sends for about this long and gives what the generator counted. */
async function send(path: string, params: object, durationMs: number): Promise<Sent> {
  using socket = await NfSocket.open(path);
  expect(await socket.call("start", { ...START, ...params })).toMatchObject({ result: {}, error: null });
  await delay(durationMs);
  expect(await socket.call("stop")).toMatchObject({ result: {}, error: null });
  const { app, tscHz, ports } = (await socket.call("stats")).result as unknown as {
    readonly app: Sent & { readonly startTsc: number; readonly stopTsc: number };
    readonly tscHz: number;
    readonly ports: readonly { readonly txPackets: number }[];
  };
  return { ...app, seconds: (app.stopTsc - app.startTsc) / tscHz, txPackets: ports[0]?.txPackets ?? 0 };
}

/** What is wrong with parameters, in the generator's words. */
async function refusal(path: string, params: object): Promise<string> {
  using socket = await NfSocket.open(path);
  const { error } = await socket.call("start", { ...START, ...params });
  return error ?? "";
}

/** Whether every window of 100 ms had its share of the rate, to 1 %. */
function even({ windows }: Sent, ratePps: number): boolean {
  const share = ratePps / 10;
  return windows.count >= 9 && windows.minSent >= 0.99 * share && windows.maxSent <= 1.01 * share;
}

/** A host that takes the CPU away, or runs slower for a while, spoils a second; a generator that cannot pace spoils all of them. */
const TRIES = 15;

describe("the rate is kept within 1 % in every window of 100 ms", () => {
  test.each([1_000, 10_000, 100_000, 1_000_000])("%i packets per second", async (ratePps) => {
    const tries: Sent[] = [];
    do tries.push(await send(alone, { ratePps }, 1_020));
    while (!even(tries.at(-1) as Sent, ratePps) && tries.length < TRIES);
    expect(even(tries.at(-1) as Sent, ratePps), JSON.stringify(tries)).toBe(true);
  });

  test.each([0.5, 0.9])("%f of what it can send at most", async (share) => {
    const tries: unknown[] = [];
    for (;;) {
      const most = await send(alone, {}, 320);
      const ratePps = Math.floor(share * 10 * most.windows.minSent);
      const sent = await send(alone, { ratePps }, 1_020);
      tries.push({ ratePps, ...sent });
      if (even(sent, ratePps)) break;
      expect(tries.length, JSON.stringify(tries)).toBeLessThan(TRIES);
    }
  });
});

describe("it says what it sent", () => {
  test("its clock is no other than ours, and the port's counter agrees with its own", async () => {
    const before = await send(alone, { ratePps: 1_000 }, 20);
    const startedAt = performance.now();
    const { sent, offered, seconds, txPackets } = await send(alone, { ratePps: 250_000 }, 500);
    expect(seconds).toBeLessThanOrEqual((performance.now() - startedAt) / 1000);
    expect(seconds).toBeGreaterThan(0.45);
    expect(txPackets - before.txPackets).toBe(sent);
    expect(sent).toBeLessThanOrEqual(offered);
  });

  test("windows are part of the whole, and bytes are those of the frames", async () => {
    const { sent, sentBytes, offered, seconds, windows } = await send(alone, { frames: [{ bytes: 570 }] }, 330);
    expect(offered).toBe(sent);
    expect(sent / seconds).toBeGreaterThan(1_000_000);
    expect(sentBytes).toBe(570 * sent);
    expect(windows.count).toBe(Math.floor(seconds * 10));
    expect(windows.minSent).toBeLessThanOrEqual(windows.maxSent);
    expect(windows.count * windows.minSent).toBeLessThanOrEqual(sent);
  });

  test.each([
    [0, 1],
    [0, 100_003],
    [500_000, 1_001],
  ])("at rate %i it stops after %i packets", async (ratePps, packets) => {
    const { sent, offered } = await send(alone, { ratePps, packets }, 300);
    expect({ sent, offered }).toEqual({ sent: packets, offered: packets });
  });

  test("every cycle of a genome has each size as often as it should", async () => {
    const { sentBytes } = await send(alone, { frames: IMIX, packets: 12 * 1_000 }, 200);
    expect(sentBytes).toBe(1_000 * (7 * 64 + 4 * 570 + 1 * 1518));
  });
});

describe("it refuses what cannot be sent, and says why", () => {
  test.each([
    [{ network: "ipv6" }, 84],
    [{ transport: "tcp" }, 76],
    [{ vlan: 7 }, 68],
    [{ vlan: 7, network: "ipv6", transport: "tcp" }, 100],
  ])("%j needs frames of %i bytes", async (headers, bytes) => {
    expect(await refusal(alone, { ...headers, frames: [{ bytes: bytes - 1 }] })).toContain(
      `smallest has ${bytes} bytes`,
    );
    expect(await refusal(alone, { ...headers, frames: [{ bytes }], packets: 1 })).toBe("");
  });

  test("frames beyond the port's MTU", async () => {
    expect(await refusal(alone, { frames: [...IMIX, { bytes: 1519 }] })).toContain("MTU is 1500: the largest has 1518");
    expect(await refusal(generator, { frames: [{ bytes: 9018 }], packets: 1 })).toBe("");
    expect(await refusal(generator, { frames: [{ bytes: 9019 }] })).toContain("64 to 9018");
  });

  test("captures that are none", async () => {
    const path = join(nfs.directory, "ng.pcap");
    await writeFile(path, Buffer.alloc(64, "0a0d0d0a", "hex"));
    expect(await refusal(alone, { pcap: path })).toContain("pcapng");
    expect(await refusal(alone, { pcap: "/nonexistent" })).toContain("No such file");
  });
});

interface Received {
  readonly received: number;
  readonly receivedBytes: number;
  readonly foreign: number;
  readonly lost: number;
  readonly reordered: number;
  readonly sizes: readonly (readonly [number, number])[];
  readonly protocols: Readonly<Record<string, number>>;
  readonly flows?: {
    readonly seen: number;
    readonly expected: number;
    readonly withLoss: number;
    readonly lost: number;
  };
}

/** Sends some packets to the receiver, as fast as the memif takes them so that none is given up, and gives what came. */
async function deliver(params: {
  readonly packets?: number;
  readonly flows?: object;
}): Promise<readonly [Sent, Received]> {
  using socket = await NfSocket.open(receiver);
  expect(await socket.call("start", { trial: 1, flows: params.flows ?? { count: 1 } })).toMatchObject({ error: null });
  const sent = await send(generator, { ratePps: 0, ...params }, 300);
  await delay(50);
  const { app } = (await socket.call("stats")).result as unknown as { readonly app: Received };
  return [sent, app];
}

describe("what it sends arrives as what it should be", () => {
  test.each([
    [{}, { ipv4: 5_000, udp: 5_000 }],
    [
      { network: "ipv6", frames: [{ bytes: 84 }] },
      { ipv6: 5_000, udp: 5_000 },
    ],
    [
      { transport: "tcp", frames: [{ bytes: 76 }] },
      { ipv4: 5_000, tcp: 5_000 },
    ],
    [
      { vlan: 9, network: "ipv6", transport: "tcp", frames: [{ bytes: 9018 }] },
      { ipv6: 5_000, tcp: 5_000, vlan: 5_000 },
    ],
  ])("%j", async (headers, protocols) => {
    const none = { ipv4: 0, ipv6: 0, udp: 0, tcp: 0, arp: 0, vlan: 0, other: 0 };
    const [{ sent, sentBytes }, app] = await deliver({ ...headers, packets: 5_000 });
    expect(app).toMatchObject({
      received: 5_000,
      foreign: 0,
      lost: 0,
      reordered: 0,
      protocols: { ...none, ...protocols },
    });
    expect(app).toMatchObject({ received: sent, receivedBytes: sentBytes });
  });

  test("the sizes of a genome", async () => {
    const [, { sizes }] = await deliver({ packets: 12 * 500, ...{ frames: [...IMIX] } });
    expect(sizes).toEqual([
      [64, 3_500],
      [570, 2_000],
      [1518, 500],
    ]);
  });

  test.each(["round-robin", "uniform", "zipf"])(
    "flows chosen %s: both sides agree on how many packets each has",
    async (choice) => {
      for (const vary of ["port", "address"]) {
        const flows = { count: 1_000, choice, skew: 1.1, vary, seed: 42 };
        const [, app] = await deliver({ flows, packets: 10_000 });
        expect(app).toMatchObject({ received: 10_000, flows: { withLoss: 0, lost: 0 } });
        expect(app.flows?.seen).toBe(app.flows?.expected);
        expect(app.flows?.seen).toBeGreaterThan(choice === "zipf" ? 300 : 990);
      }
    },
  );

  test("a capture, again and again, with addresses of this lab", async () => {
    const path = join(nfs.directory, "three.pcap");
    await writeFile(path, capture([60, 1514, 42]));
    const [{ sent, sentBytes }, app] = await deliver({ ...{ pcap: path }, packets: 3 * 1_000 });
    expect({ sent, sentBytes }).toEqual({ sent: 3_000, sentBytes: 1_000 * (64 + 1518 + 64) });
    expect(app).toMatchObject({ received: 0, foreign: 3_000 });
    expect(app.sizes).toEqual([
      [64, 2_000],
      [1518, 1_000],
    ]);
  });
});

/** A capture with frames of these lengths, in libpcap's format. */
function capture(lengths: readonly number[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const frames = lengths.flatMap((length) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    return [record, Buffer.alloc(length, 0xee)];
  });
  return Buffer.concat([header, ...frames]);
}
