import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { type Host, HostError, type RunOptions, type RunResult } from "../../../src/host/host.ts";
import { type Survey, type SurveyRequest, surveyOneByOne } from "../../../src/host/survey.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

type Answer = Partial<RunResult> & { readonly lines?: readonly string[] };

/** A host of plain values: files in a map, programs answered by a function, every act on record. */
export class FakeHost implements Host {
  readonly name = "local";
  readonly files: Map<string, string>;
  /** Argument vectors of all runs. */
  readonly runs: (readonly string[])[] = [];
  readonly runOptions: (RunOptions | undefined)[] = [];
  readonly writes: (readonly [path: string, text: string])[] = [];
  readonly #answer: (argv: readonly string[], options?: RunOptions) => Answer | undefined;
  /** Path of a socket that stands for the Docker engine's; undefined while it does not run. */
  engineSocket: string | undefined;

  constructor(
    files: Readonly<Record<string, string>> = {},
    answer: (argv: readonly string[], options?: RunOptions) => Answer | undefined = () => undefined,
  ) {
    this.files = new Map(Object.entries(files));
    this.#answer = answer;
  }

  async run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    this.runs.push(argv);
    this.runOptions.push(options);
    const answer = this.#answer(argv, options);
    if (answer === undefined) {
      const error = new HostError(this.name, `run ${argv.join(" ")}`, `no such program: ${argv[0]}`);
      options?.stdout?.destroy(error);
      throw error;
    }
    const result = { exitCode: 0, stdout: "", stderr: "", ...answer };
    for (const line of answer.lines ?? []) options?.onLine?.(line);
    if (result.exitCode === 0) options?.stdout?.end(result.stdout);
    else options?.stdout?.destroy(new Error("exit code"));
    return result;
  }

  async read(path: string): Promise<string | undefined> {
    return this.files.get(path);
  }

  async write(path: string, text: string): Promise<void> {
    this.writes.push([path, text]);
    this.files.set(path, text);
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    const names = [...this.files.keys()].flatMap((file) =>
      file.startsWith(`${path}/`) ? [file.slice(path.length + 1).split("/")[0] ?? ""] : [],
    );
    return names.length === 0 ? undefined : [...new Set(names)].sort();
  }

  survey(request: SurveyRequest): Promise<Survey> {
    return surveyOneByOne(this, request);
  }

  async appears(path: string): Promise<boolean> {
    return this.files.has(path);
  }

  async makeDirectory(): Promise<void> {}

  async upload(localPath: string, path: string): Promise<void> {
    this.files.set(path, localPath);
  }

  async lock(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} };
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }

  async connect(socketPath: string): Promise<import("node:stream").Duplex> {
    if (this.engineSocket === undefined) throw new HostError(this.name, `connect to ${socketPath}`, "no such socket");
    return connect(this.engineSocket);
  }
}

/** A server that speaks HTTP on a socket of its own, in the Docker engine's place. */
export async function fakeEngine(
  handle: (request: { readonly method: string; readonly url: string; readonly body: Buffer }) => {
    readonly status?: number;
    readonly json?: unknown;
    readonly lines?: readonly unknown[];
  },
): Promise<{ readonly socket: string; readonly requests: string[]; close(): Promise<void> }> {
  const requests: string[] = [];
  const socket = join(temporaryDirectory("engine"), "docker.sock");
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client broke off
    }
    const { method = "", url = "" } = request;
    requests.push(`${method} ${url}`);
    const { status = 200, json, lines } = handle({ method, url, body: Buffer.concat(chunks) });
    response.writeHead(status, { "content-type": "application/json" });
    response.end(
      lines === undefined ? JSON.stringify(json ?? {}) : lines.map((line) => `${JSON.stringify(line)}\r\n`).join(""),
    );
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
