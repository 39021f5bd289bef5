import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";

/** What is read of files other than topologies and results: host facts, noise floors, certificates. Each of them has some kilobytes. */
export const LARGEST_SETTINGS_BYTES = 16 * 1024 * 1024;

/** A file has more than is read of its kind. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
  constructor(limitBytes: number) {
    super(`has more than ${limitBytes / 1024 ** 2} MiB, the most that is read of such a file`);
  }
}

/** What a file or a stream begins with, at most so many bytes. Nothing beyond is waited for: a device or a pipe may have no end. */
export async function readStart(source: string | Readable, mostBytes: number): Promise<Buffer> {
  const stream = typeof source === "string" ? createReadStream(source, { end: mostBytes - 1 }) : source;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the stream.
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks, Math.min(bytes, mostBytes));
}

/** A whole file as text. Rejects with {@link TooLargeError} where it has more than so many bytes, and else as the file system does. */
export async function readText(path: string, mostBytes: number): Promise<string> {
  const bytes = await readStart(path, mostBytes + 1);
  if (bytes.length > mostBytes) throw new TooLargeError(mostBytes);
  return bytes.toString("utf8");
}
