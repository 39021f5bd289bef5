import { HostError } from "./host.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "is a directory",
  EEXIST: "already exists",
  EBUSY: "in use",
  EINVAL: "not accepted by the kernel",
  ENOSPC: "no space left",
  EROFS: "the file system is read-only",
  ECONNREFUSED: "connection refused: nothing listens there",
  ETIMEDOUT: "timed out",
  EMFILE: "too many open files",
  ENOMEM: "out of memory",
};

/** The system's error code (`ENOENT`) of anything that was thrown; undefined if it has none. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** What the system would have thrown here, of something that another machine has told. */
export function systemError(code: string): Error {
  return Object.assign(new Error(REASONS[code] ?? code), { code });
}

/** A `HostError` with a reason that a person understands; one that is already a `HostError` stays as it is. */
export function toHostError(host: string, attempted: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const code = systemErrorCode(error);
  const reason = (code === undefined ? undefined : REASONS[code]) ?? code ?? String(error);
  return new HostError(host, attempted, reason, { cause: error });
}
