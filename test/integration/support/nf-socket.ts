import { connect, type Socket } from "node:net";

/** What an NF answered, with the text as it came. */
export interface Answer {
  readonly id: unknown;
  readonly result: Record<string, unknown> | null;
  readonly error: string | null;
}

/**
 * A control socket of an NF, spoken to by hand and not with corebed's own client, so that anything can be said. An NF answers in whole JSON objects, one
 * after another; a line break between them is not promised.
 */
export class NfSocket implements Disposable {
  readonly #socket: Socket;
  readonly #answers: Answer[] = [];
  #rest = "";
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      this.#rest += chunk;
      this.#split();
      this.#wake();
    });
    for (const event of ["close", "error"] as const) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  static open(path: string): Promise<NfSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(new NfSocket(socket)));
      socket.once("error", reject);
    });
  }

  write(text: string | Uint8Array): void {
    this.#socket.write(text);
  }

  /** The next answer; undefined if the NF hangs up instead. */
  async next(timeoutMs = 10_000): Promise<Answer | undefined> {
    const deadline = performance.now() + timeoutMs;
    while (this.#answers.length === 0 && !this.#ended) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`the NF did not answer; received so far: ${this.#rest.slice(0, 200)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#answers.shift();
  }

  async call(method: string, params: object = {}): Promise<Answer> {
    this.write(JSON.stringify({ id: 1, method, params: [params] }));
    const answer = await this.next();
    if (answer === undefined) throw new Error(`the NF hung up on ${method}`);
    return answer;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** Takes whole objects off the front; no string in an answer of an NF holds a brace. */
  #split(): void {
    let depth = 0;
    let start = 0;
    for (let at = 0; at < this.#rest.length; at += 1) {
      if (this.#rest[at] === "{") depth += 1;
      if (this.#rest[at] !== "}") continue;
      depth -= 1;
      if (depth > 0) continue;
      this.#answers.push(JSON.parse(this.#rest.slice(start, at + 1)) as Answer);
      start = at + 1;
    }
    this.#rest = this.#rest.slice(start);
  }
}

/** One question to an NF of a lab. */
export async function askNf(lab: string, nf: string, method: string, params: object = {}): Promise<Answer["result"]> {
  using socket = await NfSocket.open(`/run/corebed/${lab}/${nf}/ctl.sock`);
  const { result, error } = await socket.call(method, params);
  if (error !== null) throw new Error(`${lab}/${nf} ${method}: ${error}`);
  return result;
}

/** Packets that an NF's ports took and sent. */
export async function packetsOf(lab: string, nf: string): Promise<{ readonly rx: number; readonly tx: number }> {
  const stats = await askNf(lab, nf, "stats");
  const ports = stats?.ports as readonly { readonly rxPackets: number; readonly txPackets: number }[];
  return {
    rx: ports.reduce((sum, port) => sum + port.rxPackets, 0),
    tx: ports.reduce((sum, port) => sum + port.txPackets, 0),
  };
}
