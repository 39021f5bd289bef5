import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Of each stream this much is kept, and not a byte less. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** Keeps a stream's text and hands its lines on; the function returned gives the text so far. */
export function collectText(
  stream: Readable | null,
  onLine: ((line: string) => void) | undefined,
  onData: () => void = () => {},
): () => string {
  const chunks: Buffer[] = [];
  const decoder = new StringDecoder("utf8");
  let keptBytes = 0;
  let droppedBytes = 0;
  let partial = "";
  stream?.on("data", (chunk: Buffer) => {
    onData();
    const kept = chunk.subarray(0, KEPT_BYTES - keptBytes);
    if (kept.length > 0) chunks.push(kept);
    keptBytes += kept.length;
    droppedBytes += chunk.length - kept.length;
    if (onLine === undefined) return;
    const lines = (partial + decoder.write(chunk)).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) onLine(line.replace(/\r$/, ""));
  });
  stream?.on("end", () => {
    if (onLine !== undefined && partial !== "") onLine(partial);
  });
  return () => {
    const text = Buffer.concat(chunks).toString("utf8");
    return droppedBytes === 0 ? text : `${text}\n[${droppedBytes} more bytes were not kept]\n`;
  };
}
