import type { OpenMode, SFTPWrapper } from "ssh2";
import { HostError, LOST } from "../host/host.ts";

/** Status codes of SFTP (draft-ietf-secsh-filexfer-02, 7) as OpenSSH uses them: what it has no code for is a FAILURE. */
const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, badMessage: 5 } as const;

/** Opens a file that is there for writing alone, as SFTP numbers it (6.3): not as open(2) does, and with no letter of its own. */
export const WRITE_ONLY = 2;

/** SFTP's own refusal, before it becomes a `HostError`. */
class SftpError extends HostError {
  readonly status: number | undefined;
  constructor(host: string, attempted: string, reason: string, status: number | undefined, cause: unknown) {
    super(host, attempted, reason, { cause });
    this.status = status;
  }
}

/** There is no such file, or a part of its path is no directory. */
export function isMissing(error: unknown): boolean {
  return error instanceof SftpError && error.status === STATUS.noSuchFile;
}

/** Something else than a missing file or a missing right, which SFTP does not tell apart. */
export function isUnspecific(error: unknown): boolean {
  const vague: readonly (number | undefined)[] = [STATUS.failure, STATUS.badMessage];
  return error instanceof SftpError && vague.includes(error.status);
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/** SFTP's requests as promises, for one thing that is attempted. */
export class Sftp {
  readonly #sftp: SFTPWrapper;
  readonly #host: string;
  readonly #attempted: string;

  constructor(sftp: SFTPWrapper, host: string, attempted: string) {
    this.#sftp = sftp;
    this.#host = host;
    this.#attempted = attempted;
  }

  /** The action, or its failure when the connection ends meanwhile. */
  async unlessLost<T>(action: Promise<T>): Promise<T> {
    let onClose = (): void => {};
    const lost = new Promise<never>((_resolve, reject) => {
      onClose = () => reject(new HostError(this.#host, this.#attempted, LOST));
      this.#sftp.once("close", onClose);
    });
    try {
      return await Promise.race([action, lost]);
    } finally {
      this.#sftp.off("close", onClose);
    }
  }

  open(path: string, flags: OpenMode | number, mode = 0o600): Promise<Buffer> {
    return this.#ask((done: Callback<Buffer>) => this.#sftp.open(path, flags, mode, done));
  }

  write(handle: Buffer, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return this.#ask((done: Callback<void>) =>
      this.#sftp.write(handle, bytes, 0, bytes.length, 0, (error) => done(error)),
    );
  }

  setMode(handle: Buffer, mode: number): Promise<void> {
    return this.#ask((done: Callback<void>) => this.#sftp.fchmod(handle, mode, (error) => done(error)));
  }

  close(handle: Buffer): Promise<void> {
    return this.#ask((done: Callback<void>) => this.#sftp.close(handle, (error) => done(error)));
  }

  /** Closes it without waiting for the answer. */
  closeSoon(handle: Buffer): void {
    this.close(handle).catch(() => {});
  }

  /** Takes the place of what is there, in one step. */
  rename(from: string, to: string): Promise<void> {
    return this.#ask((done: Callback<void>) => this.#sftp.ext_openssh_rename(from, to, (error) => done(error)));
  }

  unlink(path: string): Promise<void> {
    return this.#ask((done: Callback<void>) => this.#sftp.unlink(path, (error) => done(error)));
  }

  /** Copies a file of this machine, several pieces at a time. */
  put(localPath: string, path: string): Promise<void> {
    return this.#ask((done: Callback<void>) => this.#sftp.fastPut(localPath, path, (error) => done(error)));
  }

  #ask<T>(request: (done: Callback<T>) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      request((error, value) => {
        if (error === undefined || error === null) resolve(value);
        else reject(this.#refused(error));
      });
    });
  }

  #refused(error: Error & { readonly code?: unknown }): HostError {
    if (/no response from server|not connected|channel .*closed/i.test(error.message)) {
      return new HostError(this.#host, this.#attempted, LOST, { cause: error });
    }
    const status = typeof error.code === "number" ? error.code : undefined;
    const words = { [STATUS.noSuchFile]: "no such file or directory", [STATUS.permissionDenied]: "permission denied" };
    const reason =
      (words as Record<number, string>)[status ?? 0] ??
      (error.message === "Failure" ? "refused by the host" : error.message);
    return new SftpError(this.#host, this.#attempted, reason, status, error);
  }
}
