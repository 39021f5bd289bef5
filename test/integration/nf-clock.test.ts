import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NfClock } from "../../src/rpc/nf-control/messages.ts";
import { compareClocks } from "../../src/run/clock-readings.ts";
import { eventually } from "./support/eventually.ts";
import { NfContainers } from "./support/nf-container.ts";
import { NfSocket } from "./support/nf-socket.ts";
import { takeTurn } from "./support/turn.ts";

/** A generator and a receiver that are told of each other's clocks as if they were on two machines. */
let turn: AsyncDisposable | undefined;
let nfs: NfContainers;
let generator: NfSocket;
let receiver: NfSocket;

beforeAll(async () => {
  turn = await takeTurn();
  nfs = await NfContainers.open();
  const memif = (role: string): string => `driver=memif,socket=${join(nfs.directory, "a.memif")},role=${role}`;
  receiver = await NfSocket.open(await nfs.start("stats", 0, "receiver", memif("server")));
  generator = await NfSocket.open(await nfs.start("pktgen", 1, "generator", memif("client")));
  const linked = async (): Promise<boolean> =>
    ((await generator.call("stats")).result as unknown as { ports: { linkUp: boolean }[] }).ports[0]?.linkUp === true;
  await eventually(linked, { what: "the memif is up" });
});

afterAll(async () => {
  generator?.[Symbol.dispose]();
  receiver?.[Symbol.dispose]();
  await nfs?.[Symbol.asyncDispose]();
  await turn?.[Symbol.asyncDispose]();
});

function clockOf(socket: NfSocket) {
  return { clock: async () => (await socket.call("clock")).result as unknown as NfClock };
}

/** Least latency of a few packets, with the generator's clock told to be so many ticks ahead. */
async function leastLatencyNs(trial: number, tscAhead: readonly number[]): Promise<number> {
  const refused = await receiver.call("start", { trial, tscAhead });
  expect(refused.error).toBeNull();
  await generator.call("start", { trial, dstMac: "02:42:c6:12:00:03", packets: 100, ratePps: 10_000 });
  return eventually(
    async () => {
      const { app } = (await receiver.call("stats")).result as unknown as {
        readonly app: { readonly received: number; readonly latencyNs: { readonly min: number } };
      };
      return app.received === 100 ? app.latencyNs.min : undefined;
    },
    { what: "100 packets arrive" },
  );
}

test("the clocks of one machine are told to be no further apart than the answers took", async () => {
  const found = await compareClocks(clockOf(generator), clockOf(receiver));
  expect(Math.abs(found.tscNs)).toBeLessThanOrEqual(found.uncertaintyNs);
  // The time of day is told to the next 256 ns.
  expect(Math.abs(found.unixNs)).toBeLessThanOrEqual(found.uncertaintyNs + 512);
  const { unixNs } = await clockOf(receiver).clock();
  expect(Math.abs(unixNs / 1e6 - Date.now())).toBeLessThan(1_000);
});

test("a receiver allows for a generator whose TSC is ahead, and for one that is behind", async () => {
  const { tscHz } = await clockOf(receiver).clock();
  const here = await leastLatencyNs(1, []);
  expect(here).toBeLessThan(1e9);
  const ahead = await leastLatencyNs(2, [tscHz]);
  expect(ahead).toBeGreaterThan(1e9);
  expect(ahead).toBeLessThan(1e9 + 1e9);
  // What seems to come before it was sent took no time.
  expect(await leastLatencyNs(3, [2 ** 40 - tscHz])).toBe(0);
  expect(await leastLatencyNs(4, [])).toBeLessThan(1e9);
});

test.each([
  [{ tscAhead: 7 }, "tscAhead is an array of numbers, one for each port"],
  [{ tscAhead: [-1] }, "tscAhead has ticks modulo 2^40"],
  [{ tscAhead: [2 ** 40] }, "tscAhead has ticks modulo 2^40"],
  [{ tscAhead: [1, 2] }, "tscAhead has more numbers than there are ports"],
])("it refuses %j and says why", async (parameters, error) => {
  expect((await receiver.call("start", { trial: 1, ...parameters })).error).toBe(error);
});
