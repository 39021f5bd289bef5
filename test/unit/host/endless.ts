import { Readable } from "node:stream";

/** A stream of zeros, without end or of so many chunks, that knows how much was taken from it. */
export function endless(
  chunkBytes: number,
  chunks = Number.POSITIVE_INFINITY,
): { readonly stream: Readable; readonly taken: () => number } {
  let given = 0;
  const stream = new Readable({
    read() {
      if (given >= chunks) {
        this.push(null);
        return;
      }
      given += 1;
      this.push(Buffer.alloc(chunkBytes));
    },
  });
  return { stream, taken: () => given * chunkBytes };
}
