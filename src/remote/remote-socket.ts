import type { Duplex } from "node:stream";
import { LONGEST_PATH_BYTES } from "../host/connect-unix.ts";
import { HostError, NO_SOCKET } from "../host/host.ts";
import { timeLimit } from "../host/time-limit.ts";
import type { Attendant } from "./attendant.ts";
import type { Connection } from "./connection.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** Longer than on one machine: the way there belongs to it. */
const DEFAULT_CONNECT_TIMEOUT_MS = 15_000;

/** `Host.connect` over SSH: sshd connects to the socket and passes the bytes on. */
export async function connectRemote(
  connection: Connection,
  attendant: Attendant,
  path: string,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Duplex> {
  const { host } = connection;
  const attempted = `connect to ${path}`;
  const { signal, timeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const throwIfAborted = (): void => {
    if (signal?.aborted) throw new HostError(host, attempted, "aborted", { cause: signal.reason });
  };
  throwIfAborted();
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) {
    throw new HostError(host, attempted, `a socket's path has ${LONGEST_PATH_BYTES} bytes at most`);
  }
  // Opening the connection to the host itself is not counted: somebody may be asked for a passphrase.
  await connection.client();
  throwIfAborted();
  const stream = connection.socket(path);
  let stop = (): void => {};
  const givenUp = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(new HostError(host, attempted, "aborted", { cause: signal?.reason }));
    const limit = timeLimit(timeoutMs, () =>
      reject(new HostError(host, attempted, `timed out after ${timeoutMs / 1000} s`)),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    stop = () => {
      limit.stop();
      signal?.removeEventListener("abort", onAbort);
    };
  });
  try {
    return await Promise.race([stream, givenUp]);
  } catch (error) {
    stream.then(
      (late) => late.destroy(),
      () => {},
    );
    if (error instanceof HostError) throw error;
    throw new HostError(host, attempted, await reasonOf(attendant, attempted, path, error as Error), { cause: error });
  } finally {
    stop();
  }
}

/** sshd only says that it could not: whether the socket is there at all is looked up. */
async function reasonOf(attendant: Attendant, attempted: string, path: string, error: Error): Promise<string> {
  if (/administratively prohibited/i.test(error.message)) {
    return "the host's sshd does not forward to sockets (AllowStreamLocalForwarding in its sshd_config)";
  }
  const quoted = shellQuoted(path);
  const { exitCode } = await attendant.script(`[ -e ${quoted} ] || [ -L ${quoted} ]`, attempted);
  return exitCode === 0 ? "connection refused: nothing listens there" : NO_SOCKET;
}
