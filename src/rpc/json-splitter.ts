/** Largest single message accepted by default: far above any reply of OVS or of an NF, far below what hurts the process. */
export const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Thrown by {@link JsonSplitter} when the bytes cannot be a sequence of JSON objects, or one of them is too large. */
export class JsonSplitError extends Error {
  override readonly name = "JsonSplitError";
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Cuts a stream of JSON objects that follow each other without any framing, as OVSDB (RFC 7047 4.1) and OVS's control sockets
 * send them, into values. Feed it bytes in any fragments.
 *
 * It scans bytes, not characters: in UTF-8 no byte of a multi-byte character looks like a brace, a quote or a backslash, so a
 * character that is split over two chunks needs no care until the whole object is decoded.
 */
export class JsonSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #failure: JsonSplitError | undefined;

  /** `maxBytes` bounds one object, in bytes of its UTF-8 text. */
  constructor(maxBytes: number = DEFAULT_MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Hands every object that `chunk` completes to `emit`, in order, those before any garbage included. Throws
   * {@link JsonSplitError} on garbage or an object over the limit, and again on every later call: there is no way to find the
   * next object's start in a stream that lost its place.
   */
  push(chunk: Uint8Array, emit: (value: unknown) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.#depth === 0) {
        if (isWhitespace(byte)) continue;
        if (byte !== OPEN_BRACE)
          throw this.#fail(`expected "{" but found byte 0x${byte.toString(16).padStart(2, "0")}`);
        start = i;
        this.#depth = 1;
      } else if (this.#scan(byte)) {
        const value = this.#take(chunk.subarray(start, i + 1));
        emit(value);
      }
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
  }

  /** Follows one byte inside an object; answers whether it closed the object. */
  #scan(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth--;
    return this.#depth === 0;
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) throw this.#fail(`a message is larger than ${this.#maxBytes} bytes`);
    // A copy: the stream's owner may reuse the buffer behind the chunk.
    this.#parts.push(Uint8Array.from(part));
    // Each part is larger than the next, so there are few of them: a peer that sends byte by byte must not cost a hundred times its bytes.
    while (this.#parts.length > 1 && (this.#parts.at(-2)?.length ?? 0) <= (this.#parts.at(-1)?.length ?? 0)) {
      this.#parts.push(Buffer.concat(this.#parts.splice(-2)));
    }
  }

  #take(last: Uint8Array): unknown {
    if (this.#bytes + last.length > this.#maxBytes)
      throw this.#fail(`a message is larger than ${this.#maxBytes} bytes`);
    const whole = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    try {
      return JSON.parse(this.#decoder.decode(whole));
    } catch (cause) {
      throw this.#fail("a message is not valid JSON", cause);
    }
  }

  #fail(message: string, cause?: unknown): JsonSplitError {
    this.#parts = [];
    this.#failure = new JsonSplitError(message, { cause });
    return this.#failure;
  }
}

function isWhitespace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
