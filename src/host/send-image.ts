import { pipeline, type Readable, Transform } from "node:stream";
import { createGzip } from "node:zlib";
import type Docker from "dockerode";
import { attempt } from "./docker.ts";
import { DockerError, toDockerError } from "./docker-error.ts";
import { engineMessages } from "./docker-messages.ts";

/** Nothing has come through for so long: the line, or the engine behind it, is dead. */
const STALL_MS = 60_000;
/** The same before the first byte: an engine may lay out all layers of an image before it begins to send. */
const FIRST_BYTE_MS = 600_000;
/** Told when so much more of it is there. */
const TOLD_PERCENT = 20;
/** The fastest: a line is seldom so slow that more would pay. */
const GZIP = { level: 1 };

interface SendImage {
  /** The engine that has the image. */
  readonly from: Docker;
  readonly to: Docker;
  readonly reference: string;
  readonly signal?: AbortSignal;
  /** Told now and then how much of it is on its way, in per cent. */
  readonly onPercent?: (percent: number) => void;
}

/** Whether an engine has an image, and how large it is, in bytes; undefined if not, or if there is no engine. */
export async function imageSize(docker: Docker, reference: string): Promise<number | undefined> {
  try {
    return (await attempt(`look for image ${reference}`, docker.getImage(reference).inspect())).Size;
  } catch (error) {
    if (error instanceof DockerError) return undefined;
    throw error;
  }
}

/**
 * Copies an image from one engine to another, compressed on the way and never held as a whole. The engine that takes it names it only when it has all of it, so a line
 * that is cut leaves no half of one; what arrived is compared with what was sent.
 */
export async function sendImage({ from, to, reference, signal, onPercent }: SendImage): Promise<void> {
  const attempted = `send image ${reference}`;
  const original = await attempt(attempted, from.getImage(reference).inspect(), { signal });
  const giveUp = new AbortController();
  const stopped = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal]);
  let watch: NodeJS.Timeout | undefined;
  const within = (ms: number): void => {
    clearTimeout(watch);
    const stalled = new DockerError(attempted, `nothing came through for ${ms / 1000} s`);
    watch = setTimeout(() => giveUp.abort(stalled), ms);
  };
  const alive = (): void => within(STALL_MS);
  let saved: Readable | undefined;
  try {
    within(FIRST_BYTE_MS);
    saved = await archiveOf(from, reference, stopped);
    const packed = createGzip(GZIP);
    const counted = counter(original.Size, (percent) => onPercent?.(percent), alive);
    // What goes wrong with one of them ends the others, and with the last the request.
    pipeline(saved, counted, packed, () => {});
    // Not quiet: of an engine that unpacks what it has, its messages are the only sign of life.
    const answer = await to.loadImage(packed, { abortSignal: stopped } as object);
    for await (const _message of engineMessages(attempted, answer)) alive();
  } catch (error) {
    if (giveUp.signal.aborted) throw giveUp.signal.reason;
    if (signal?.aborted) throw new DockerError(attempted, "aborted", { cause: signal.reason });
    throw toDockerError(attempted, error);
  } finally {
    clearTimeout(watch);
    // An engine that was not listened to to its end would keep the connection, and the connection this process.
    saved?.destroy();
  }
  const arrived = await attempt(attempted, to.getImage(reference).inspect(), { signal });
  if (!isSame(original, arrived)) throw new DockerError(attempted, "what arrived is another image than was sent");
}

/** What `docker save` gives. dockerode's own call takes no signal. */
function archiveOf(docker: Docker, reference: string, abortSignal: AbortSignal): Promise<Readable> {
  const statusCodes = { 200: true, 404: "no such image", 500: "server error" };
  const call = { path: `/images/${reference}/get`, method: "GET", isStream: true, statusCodes, abortSignal };
  return new Promise((resolve, reject) => {
    docker.modem.dial(call, (error, archive) => (error ? reject(error) : resolve(archive as Readable)));
  });
}

/** Engines with another store number images in another way; their layers are what they are. */
function isSame(a: Docker.ImageInspectInfo, b: Docker.ImageInspectInfo): boolean {
  return a.Id === b.Id || (a.RootFS.Layers ?? []).join() === (b.RootFS.Layers ?? ["none"]).join();
}

function counter(total: number, onPercent: (percent: number) => void, alive: () => void): Transform {
  let [bytes, told] = [0, 0];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      alive();
      bytes += chunk.length;
      const percent = Math.min(100, Math.floor((bytes / Math.max(1, total)) * 100));
      if (percent >= told + TOLD_PERCENT) {
        told = percent - (percent % TOLD_PERCENT);
        onPercent(told);
      }
      done(undefined, chunk);
    },
  });
}
