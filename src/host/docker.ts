import { Agent, type ClientRequest } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import Docker from "dockerode";
import { DockerError, toDockerError } from "./docker-error.ts";
import type { Host } from "./host.ts";
import { timeLimit } from "./time-limit.ts";

const DEFAULT_SOCKET = "/var/run/docker.sock";
/** How long one call may take when its caller does not say. */
const DEFAULT_ATTEMPT_TIMEOUT_MS = 60_000;

/**
 * A Docker client whose every connection is opened by the host, so that the engine of a machine behind SSH is reached by the same code as the local one.
 * Streams with a protocol upgrade (exec, attach) work too. Connections are kept for the next call, by all who ask about the same host; they keep nobody from ending.
 */
export function dockerClient(host: Host): Docker {
  const known = clients.get(host);
  if (known !== undefined) return known;
  const socketPath = dockerSocket(host.name === "local" ? process.env.DOCKER_HOST : undefined);
  const agent = new HostAgent(host, socketPath);
  // dockerode mixes the environment (DOCKER_HOST, DOCKER_TLS_VERIFY) into its defaults: every one of them is set here. `agent` is missing in its types.
  const settings = { socketPath, protocol: "http" as const, host: undefined, port: undefined, agent };
  const client = new Docker(settings as Docker.DockerOptions);
  clients.set(host, client);
  return client;
}

const clients = new WeakMap<Host, Docker>();

/** DOCKER_HOST counts only when it names a socket: corebed reaches other machines through their host, not past it. */
export function dockerSocket(dockerHost: string | undefined): string {
  const path = dockerHost?.startsWith("unix://") ? dockerHost.slice("unix://".length) : "";
  return path.startsWith("/") ? path : DEFAULT_SOCKET;
}

/**
 * Runs one Docker call and turns its failure into a `DockerError` that says what was attempted: `attempt("create container x", () => docker.createContainer(…))`.
 * Given a function it hands it a signal for `abortSignal`, so that a call that is given up is also ended.
 */
export async function attempt<T>(
  attempted: string,
  call: Promise<T> | ((signal: AbortSignal) => Promise<T>),
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const { timeoutMs = DEFAULT_ATTEMPT_TIMEOUT_MS } = options;
  const timeout = new AbortController();
  const limit = timeLimit(timeoutMs, () => timeout.abort());
  const signal = options.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, options.signal]);
  const { promise: givenUp, stop } = rejection(signal);
  try {
    return await Promise.race([typeof call === "function" ? call(signal) : call, givenUp]);
  } catch (error) {
    if (options.signal?.aborted) throw new DockerError(attempted, "aborted", { cause: options.signal.reason });
    if (timeout.signal.aborted)
      throw new DockerError(attempted, `no answer within ${timeoutMs / 1000} s`, { timedOut: true });
    throw toDockerError(attempted, error);
  } finally {
    limit.stop();
    stop();
  }
}

function rejection(signal: AbortSignal): { readonly promise: Promise<never>; readonly stop: () => void } {
  let stop = () => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    stop = () => signal.removeEventListener("abort", onAbort);
  });
  promise.catch(() => {}); // the race may already be over
  return { promise, stop };
}

class HostAgent extends Agent {
  readonly #host: Host;
  readonly #socketPath: string;

  constructor(host: Host, socketPath: string) {
    super({ keepAlive: true });
    this.#host = host;
    this.#socketPath = socketPath;
  }

  override createConnection(_options: unknown, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    if (callback === undefined) throw new Error("internal: the agent of Node's http gives a callback");
    this.#host.connect(this.#socketPath).then(
      (stream) => {
        stream.once("close", () => this.#forget(stream));
        callback(null, stream);
      },
      (error: Error) => callback(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  /** Node's agent takes a connection that is kept for gone once it cannot be written to, which a channel of an SSH connection that was lost never says. */
  #forget(stream: Duplex): void {
    for (const kept of Object.values(this.freeSockets)) {
      const place = kept?.indexOf(stream as Socket) ?? -1;
      if (place !== -1) kept?.splice(place, 1);
    }
  }

  /** Node's own ways are for sockets of this machine; other streams need nothing. */
  override keepSocketAlive(stream: Duplex): boolean {
    if (stream instanceof Socket) return isKept(super.keepSocketAlive(stream));
    return true;
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    // Node's own way takes its listener off the stream again, one for each time that it was kept, and then calls this, which only sockets have.
    if (!(stream instanceof Socket)) Object.assign(stream, { ref: () => stream });
    super.reuseSocket(stream as Socket, request);
  }
}

/** Its types do not have the answer of Node's `keepSocketAlive`. */
function isKept(answer: unknown): boolean {
  return answer !== false;
}
