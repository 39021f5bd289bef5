import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localHost } from "../../../src/host/local-host.ts";
import { silentNf } from "../../../src/provision/silent-nf.ts";
import { leaveDeadSocket } from "../../faults/ovsdb-proxy.ts";

let folder: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-nf-"));
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

const nf = () => ({ nf: "gen", app: "pktgen", controlSocket: join(folder, "ctl.sock") }) as const;
const listen = (onData: (id: number) => string | undefined) =>
  new Promise<void>((resolve) => {
    server = createServer((socket) =>
      socket.on("data", (text) => void socket.write(onData(JSON.parse(String(text)).id) ?? "")),
    ).listen(nf().controlSocket, resolve);
  });
const SILENT = { text: "does not answer", repairable: false };

test("an NF that takes the question and does not answer is silent", async () => {
  await listen(() => undefined);
  expect(await silentNf(localHost(), nf(), 100)).toEqual(SILENT);
});

test("so is one whose socket nobody listens on", async () => {
  await leaveDeadSocket(nf().controlSocket);
  expect(await silentNf(localHost(), nf(), 100)).toEqual(SILENT);
});

test("one without a socket is on its way up, one that refuses is there, a program of the user's own cannot be asked", async () => {
  expect(await silentNf(localHost(), nf(), 100)).toBeUndefined();
  await listen((id) => JSON.stringify({ id, result: null, error: "busy" }));
  expect(await silentNf(localHost(), nf(), 5_000)).toBeUndefined();
  expect(await silentNf(localHost(), { ...nf(), app: undefined }, 100)).toBeUndefined();
});
