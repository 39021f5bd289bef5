import { Agent } from "node:http";
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
 * Streams with a protocol upgrade (exec, attach) work too. One connection per call: nothing is left open.
 */
export function dockerClient(host: Host): Docker {
  const socketPath = dockerSocket(host.name === "local" ? process.env.DOCKER_HOST : undefined);
  const agent = new HostAgent(host, socketPath);
  // dockerode mixes the environment (DOCKER_HOST, DOCKER_TLS_VERIFY) into its defaults: every one of them is set here. `agent` is missing in its types.
  const settings = { socketPath, protocol: "http" as const, host: undefined, port: undefined, agent };
  return new Docker(settings as Docker.DockerOptions);
}

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
    if (timeout.signal.aborted) throw new DockerError(attempted, `no answer within ${timeoutMs / 1000} s`);
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
    super({ keepAlive: false });
    this.#host = host;
    this.#socketPath = socketPath;
  }

  override createConnection(_options: unknown, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    if (callback === undefined) throw new Error("internal: the agent of Node's http gives a callback");
    this.#host.connect(this.#socketPath).then(
      (stream) => callback(null, stream),
      (error: Error) => callback(error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}
