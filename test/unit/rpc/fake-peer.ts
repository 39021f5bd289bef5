import { type Duplex, duplexPair } from "node:stream";
import { JsonSplitter } from "../../../src/rpc/json-splitter.ts";

export type Message = Readonly<Record<string, unknown>>;

/** The other end of a JSON-RPC connection: answers each request with what `respond` makes of it, or stays silent on `undefined`. */
export class FakePeer {
  readonly stream: Duplex;
  readonly received: Message[] = [];
  readonly #own: Duplex;

  constructor(respond: (request: Message) => Message | undefined = () => undefined) {
    const [stream, own] = duplexPair();
    this.stream = stream;
    this.#own = own;
    const splitter = new JsonSplitter();
    own.on("error", () => undefined);
    own.on("data", (chunk: Uint8Array) =>
      splitter.push(chunk, (message) => {
        this.received.push(message as Message);
        const answer = respond(message as Message);
        if (answer !== undefined) this.send({ id: (message as Message).id, error: null, ...answer });
      }),
    );
  }

  /** Sends messages in one chunk. */
  send(...messages: readonly Message[]): void {
    this.#own.write(messages.map((message) => JSON.stringify(message)).join(""));
  }

  sendText(text: string): void {
    this.#own.write(text);
  }

  hangUp(): void {
    this.#own.end();
  }
}

/** Lets everything that is queued happen. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a promise rejects with; fails the test if it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error) => error,
  );
}
