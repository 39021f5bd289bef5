import type { Duplex, Writable } from "node:stream";
import type { Survey, SurveyRequest } from "./survey.ts";

/**
 * The seam between corebed and a machine: everything that is done to a host goes through these few calls, so that the local machine and one behind SSH
 * are the same to the rest of the code.
 *
 * Paths are absolute. Calls fail with `HostError`, except that `run` returns a non-zero exit code as a value.
 */
export interface Host {
  /** For messages: `local` or `ssh://user@host`. */
  readonly name: string;
  /** How often the connection to it was lost so far; absent where there is none to lose. */
  readonly losses?: () => number;
  /** Runs a program without a shell. Rejects when it cannot be started, is ended by the time limit (60 s unless told) or the signal. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The whole text of a file; undefined if there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes a file in one piece (kernel files in place, others by rename). */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Names in a directory, sorted; undefined if there is none. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** Makes a directory and its parents; fine if it is there. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Removes a file, socket or directory tree; symbolic links are removed, not followed; fine if it is gone. */
  remove(path: string): Promise<void>;
  /** Copies a file of the machine that corebed runs on to this one; what is there is replaced, a link too. */
  upload(localPath: string, path: string): Promise<void>;
  /**
   * Takes a lock of this machine that is given back when its holder dies, however it dies. With `waitMs` it tries again until then, for things that are held
   * for moments only. Rejects with `LockHeldError`, which has the holder's own words.
   */
  lock(name: string, holder: string, waitMs?: number): Promise<AsyncDisposable>;
  /** Looks at much at once: on a host behind SSH that costs one round trip. */
  survey(request: SurveyRequest): Promise<Survey>;
  /** Waits until something is at the path; false if it is not by then. Its directory need not be there yet. */
  appears(path: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<boolean>;
  /** Connects to a Unix stream socket. */
  connect(
    socketPath: string,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<Duplex>;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of either stream as it comes. */
  readonly onLine?: (line: string) => void;
  /**
   * Takes the bytes of standard output instead of the result's `stdout` (which is then empty), at the pace it can: for output that is not text, or large.
   * It is ended when the program exits with 0, and destroyed in every other case, so that a cut-off output never passes for a whole one.
   */
  readonly stdout?: Writable;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The reason of a connection to a path where no socket is, on every host. */
export const NO_SOCKET = "no such socket";

/** The host refused: which host, what was attempted, and the cause. */
export class HostError extends Error {
  readonly host: string;
  readonly attempted: string;
  /** Short reason without the rest: "no such file", "timed out after 5 s". */
  readonly reason: string;

  constructor(host: string, attempted: string, reason: string, options?: ErrorOptions) {
    super(`${host}: ${attempted}: ${reason}`, options);
    this.name = "HostError";
    this.host = host;
    this.attempted = attempted;
    this.reason = reason;
  }
}

/** The reason of a `HostError` for whatever was under way when the connection ended. */
export const LOST = "the connection was lost";

/** Whether something failed only because the connection ended under it: what changes nothing is tried again on the next one. */
export function isLost(error: unknown): boolean {
  return error instanceof HostError && error.reason === LOST;
}
