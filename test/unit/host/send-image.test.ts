import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import type Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dockerClient } from "../../../src/host/docker.ts";
import { imageSize, sendImage } from "../../../src/host/send-image.ts";
import { FakeHost } from "../setup/fake-host.ts";

const REFERENCE = "team/forwarder:2";
const servers: { readonly server: Server; readonly directory: string }[] = [];

afterEach(async () => {
  for (const { server, directory } of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  }
});

/** An engine with some images by name, each an archive of bytes; `breakAfter` ends what it sends after so many. */
class FakeEngine {
  readonly images = new Map<string, { readonly id: string; readonly archive: Buffer }>();
  breakAfter: number | undefined;
  /** Waited for before anything of an image is sent. */
  beforeSending: () => Promise<void> = async () => {};
  /** Waited for with all of an image there; `say` is a message, which one that was asked to be quiet keeps to itself. */
  unpack: (say: (message: object) => void) => Promise<void> = async () => {};
  /** Refuses to load whatever comes, and takes in no more of it. */
  isFull = false;
  /** Stops sending after so many bytes, and holds the line. */
  stallAfter: number | undefined;
  /** How many images were being sent and are not any more, to their end or not. */
  sendingsEnded = 0;
  /** What `load` makes of an archive; its length stands for its number unless told. */
  idOf = (archive: Buffer): string => `sha256:${archive.length}`;

  keeps = (archive: Buffer): Buffer => archive;

  async client(): Promise<Docker> {
    const directory = await mkdtemp(join(tmpdir(), "corebed-send-"));
    const server = createServer((request, response) => void this.#answer(request, response).catch(() => {}));
    server.listen(join(directory, "docker.sock"));
    await once(server, "listening");
    servers.push({ server, directory });
    const host = new FakeHost();
    host.connect = async () => connect(join(directory, "docker.sock"));
    return dockerClient(host);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    if (url.startsWith("/images/load")) {
      if (this.isFull) {
        // Node takes in the rest of what nobody has begun to read.
        request.once("data", () => request.pause());
        response.writeHead(500).end(JSON.stringify({ message: "no space left on device" }));
        return;
      }
      const archive = this.keeps(await buffer(request.pipe(createGunzip())));
      await this.unpack((message) => {
        if (!url.includes("quiet")) response.write(`${JSON.stringify(message)}\n`);
      });
      this.images.set(REFERENCE, { id: this.idOf(archive), archive });
      response.end(`${JSON.stringify({ stream: "Loaded image" })}\n`);
      return;
    }
    const image = this.images.get(REFERENCE);
    if (image === undefined) {
      response.writeHead(404).end(JSON.stringify({ message: "no such image" }));
    } else if (url.endsWith("/get")) {
      response.once("close", () => {
        this.sendingsEnded += 1;
      });
      await this.beforeSending();
      response.write(image.archive.subarray(0, this.breakAfter ?? this.stallAfter));
      if (this.stallAfter !== undefined) return;
      if (this.breakAfter === undefined) response.end();
      else setImmediate(() => response.destroy());
    } else {
      const layers = [String(image.archive.length)];
      response.end(JSON.stringify({ Id: image.id, Size: image.archive.length, RootFS: { Layers: layers } }));
    }
  }
}

async function pair(bytes = 3_000_000) {
  const [here, there] = [new FakeEngine(), new FakeEngine()];
  const archive = randomBytes(bytes);
  here.images.set(REFERENCE, { id: `sha256:${bytes}`, archive });
  return { here, there, archive, from: await here.client(), to: await there.client() };
}

test("an image arrives as it was sent, and how far it is gets told", async () => {
  const { there, archive, from, to } = await pair();
  const told: number[] = [];
  expect(await imageSize(to, REFERENCE)).toBeUndefined();
  await sendImage({ from, to, reference: REFERENCE, onPercent: (percent) => told.push(percent) });
  expect(there.images.get(REFERENCE)?.archive.equals(archive)).toBe(true);
  expect(told).toEqual([20, 40, 60, 80, 100]);
  expect(await imageSize(to, REFERENCE)).toBe(archive.length);
});

test("one that is cut off on the way is not there at all", async () => {
  const { here, there, from, to } = await pair();
  here.breakAfter = 1_000_000;
  await expect(sendImage({ from, to, reference: REFERENCE })).rejects.toThrow(`send image ${REFERENCE}`);
  expect(there.images.size).toBe(0);
});

test("one that is interrupted ends at once, and is not there", async () => {
  const { there, from, to } = await pair();
  const abort = new AbortController();
  const sending = sendImage({
    from,
    to,
    reference: REFERENCE,
    signal: abort.signal,
    onPercent: () => abort.abort(),
  });
  await expect(sending).rejects.toThrow("aborted");
  expect(there.images.size).toBe(0);
});

test("another number is fine where the layers are the same, as between engines with different stores", async () => {
  const { there, from, to } = await pair();
  there.idOf = () => "sha256:of-a-manifest";
  await sendImage({ from, to, reference: REFERENCE });
});

test("what arrived must be what was sent", async () => {
  const { there, from, to } = await pair();
  there.keeps = (archive) => archive.subarray(0, 1_000);
  await expect(sendImage({ from, to, reference: REFERENCE })).rejects.toThrow(
    "what arrived is another image than was sent",
  );
});

test("one that is interrupted before its engine has begun to send ends at once, on both sides", async () => {
  const { here, there, from, to } = await pair();
  const abort = new AbortController();
  here.beforeSending = async () => {
    abort.abort();
    await new Promise(() => {});
  };
  await expect(sendImage({ from, to, reference: REFERENCE, signal: abort.signal })).rejects.toThrow("aborted");
  await expect.poll(() => here.sendingsEnded).toBe(1);
  expect(there.images.size).toBe(0);
});

test("the engine that sends is let go where the other one refuses", async () => {
  const { here, there, from, to } = await pair(30_000_000);
  there.isFull = true;
  await expect(sendImage({ from, to, reference: REFERENCE })).rejects.toThrow("no space left on device");
  await expect.poll(() => here.sendingsEnded).toBe(1);
});

describe("a line on which nothing comes through", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  /** What a promise came to, as far as it has. */
  function watched(sending: Promise<void>): { end: unknown } {
    const watch: { end: unknown } = { end: undefined };
    sending.then(
      () => (watch.end = "sent"),
      (error: Error) => (watch.end = error.message),
    );
    return watch;
  }

  async function pass(seconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(seconds * 1_000);
    // Messages and ends come over real sockets of this process.
    for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  test("is given up after ten minutes before the first byte, which takes an engine its time", async () => {
    const { here, from, to } = await pair();
    const begun = Promise.withResolvers<void>();
    here.beforeSending = () => {
      begun.resolve();
      return new Promise(() => {});
    };
    const watch = watched(sendImage({ from, to, reference: REFERENCE }));
    await begun.promise;
    await pass(590);
    expect(watch.end).toBeUndefined();
    await pass(20);
    await expect.poll(() => watch.end).toBe(`docker: send image ${REFERENCE}: nothing came through for 600 s`);
  });

  test("is given up a minute after the last one", async () => {
    const { here, from, to } = await pair();
    here.stallAfter = 600_000;
    const begun = Promise.withResolvers<void>();
    const watch = watched(sendImage({ from, to, reference: REFERENCE, onPercent: () => begun.resolve() }));
    await begun.promise;
    await pass(50);
    expect(watch.end).toBeUndefined();
    await pass(20);
    await expect.poll(() => watch.end).toBe(`docker: send image ${REFERENCE}: nothing came through for 60 s`);
  });

  test("is not taken for one while the engine at its other end tells that it unpacks", async () => {
    const { there, from, to } = await pair();
    there.unpack = async (say) => {
      for (let layer = 0; layer < 3; layer += 1) {
        say({ status: "Loading layer", id: String(layer) });
        await pass(0);
        await pass(40);
      }
    };
    await sendImage({ from, to, reference: REFERENCE });
    expect(there.images.size).toBe(1);
  });
});
