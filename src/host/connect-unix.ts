import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { HostError, NO_SOCKET } from "./host.ts";
import { systemErrorCode, toHostError } from "./system-error.ts";
import { timeLimit } from "./time-limit.ts";

/** How long a connection may take when its caller does not say: on one machine it is there at once or never. */
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
/** The kernel's limit (`sun_path` without its terminator). */
export const LONGEST_PATH_BYTES = 107;

/** `Host.connect` for this machine. */
export function connectUnix(
  host: string,
  path: string,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Duplex> {
  const attempted = `connect to ${path}`;
  const { signal, timeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  if (signal?.aborted) return Promise.reject(new HostError(host, attempted, "aborted", { cause: signal.reason }));
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) {
    return Promise.reject(new HostError(host, attempted, `a socket's path has ${LONGEST_PATH_BYTES} bytes at most`));
  }
  return new Promise<Duplex>((resolve, reject) => {
    const socket = createConnection({ path });
    const fail = (error: HostError) => {
      cleanUp();
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(new HostError(host, attempted, "aborted", { cause: signal?.reason }));
    const onError = (error: Error) =>
      fail(
        systemErrorCode(error) === "ENOENT"
          ? new HostError(host, attempted, NO_SOCKET, { cause: error })
          : toHostError(host, attempted, error),
      );
    const onConnect = () => {
      cleanUp();
      resolve(socket);
    };
    const limit = timeLimit(timeoutMs, () =>
      fail(new HostError(host, attempted, `timed out after ${timeoutMs / 1000} s`)),
    );
    function cleanUp(): void {
      limit.stop();
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("connect", onConnect);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("connect", onConnect);
  });
}
