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
import { afterEach, expect, test } from "vitest";
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
      const archive = this.keeps(await buffer(request.pipe(createGunzip())));
      this.images.set(REFERENCE, { id: this.idOf(archive), archive });
      response.end(`${JSON.stringify({ stream: "Loaded image" })}\n`);
      return;
    }
    const image = this.images.get(REFERENCE);
    if (image === undefined) {
      response.writeHead(404).end(JSON.stringify({ message: "no such image" }));
    } else if (url.endsWith("/get")) {
      response.write(image.archive.subarray(0, this.breakAfter));
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
