import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import type { SFTPWrapper } from "ssh2";
import { type Host, HostError } from "../host/host.ts";
import { isKernelFile, leadsTo } from "../host/local-files.ts";
import { type Connection, isLost } from "./connection.ts";
import { runRemote } from "./remote-run.ts";
import { isAlreadyThere, isMissing, isUnspecific, Sftp } from "./sftp.ts";

/** What one read asks for; sshd answers with no more than it has. */
const CHUNK_BYTES = 32 * 1024;
/** A file that has not ended after so many reads is fetched by a program instead, which costs two round trips however long it is. */
const MOST_READS = 3;
/** Attributes in sysfs come whole with the first read, and are shorter than a page. */
const SYSFS_BYTES = 4096;

type Files = Pick<Host, "read" | "write" | "list" | "makeDirectory" | "remove" | "upload">;

/**
 * The file calls of `Host` over SFTP. A round trip to a host may take longer than all of the work, so requests that do not need each other's answers are sent
 * together: sshd works through them in order.
 */
export function remoteFiles(connection: Connection): Files {
  const { host } = connection;
  const using = <T>(attempted: string, action: (sftp: Sftp) => Promise<T>): Promise<T> =>
    withSftp(connection, attempted, action);
  return {
    async read(path) {
      return await again(() => using(`read ${path}`, (sftp) => readFile(sftp, connection, absolute(path))));
    },
    async list(path) {
      return await again(() => using(`list ${path}`, (sftp) => listDirectory(sftp, absolute(path))));
    },
    async write(path, text, mode = 0o644) {
      const bytes = Buffer.from(text, "utf8");
      await using(`write ${path}`, (sftp) =>
        isKernelFile(absolute(path)) ? writeInPlace(sftp, path, bytes) : replace(sftp, path, bytes, mode),
      );
    },
    async makeDirectory(path, mode) {
      await again(() =>
        using(`make directory ${path}`, async (sftp) => {
          await makeDirectory(sftp, absolute(path), mode);
          await refuseLink(sftp, host, `make directory ${path}`, normalize(path));
        }),
      );
    },
    async remove(path) {
      if (normalize(absolute(path)) === "/") throw new Error("internal: refuses to remove /");
      await again(async () => {
        if (
          await using(`remove ${path}`, async (sftp) => {
            try {
              await refuseLink(sftp, host, `remove ${path}`, dirname(normalize(path)));
            } catch (error) {
              if (isMissing(error)) return true;
              throw error;
            }
            return await unlinked(sftp, path);
          })
        )
          return;
        const { exitCode, stderr } = await runRemote(connection, ["rm", "-rf", "--", path]);
        if (exitCode !== 0) throw new HostError(host, `remove ${path}`, stderr.trim());
      });
    },
    async upload(localPath, path) {
      await using(`copy ${localPath} to ${path}`, async (sftp) => {
        // A link that somebody put there is not followed.
        await unlinked(sftp, absolute(path));
        await sftp.put(localPath, path);
      });
    },
  };
}

/** Calls that can be repeated without harm survive the loss of a connection. */
async function again<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isLost(error)) throw error;
    return await action();
  }
}

async function withSftp<T>(connection: Connection, attempted: string, action: (sftp: Sftp) => Promise<T>): Promise<T> {
  const wrapper: SFTPWrapper = await connection.sftp();
  const sftp = new Sftp(wrapper, connection.host, attempted);
  return await sftp.unlessLost(action(sftp));
}

async function readFile(sftp: Sftp, connection: Connection, path: string): Promise<string | undefined> {
  const isSysfs = path.startsWith("/sys/");
  try {
    const handle = await sftp.open(path, "r");
    const chunks: Buffer[] = [];
    try {
      for (let reads = 0, at = 0; ; reads += 1) {
        if (reads === MOST_READS) return await fetchWhole(connection, path);
        const chunk = await sftp.read(handle, at, CHUNK_BYTES);
        if (chunk !== undefined) chunks.push(chunk);
        if (chunk === undefined || (isSysfs && chunk.length < SYSFS_BYTES)) break;
        at += chunk.length;
      }
    } finally {
      sftp.closeSoon(handle);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    // An interface that is just being removed still has its files, but the kernel refuses to read them.
    if (isMissing(error) || (path.startsWith("/sys/class/net/") && isUnspecific(error))) return undefined;
    throw error;
  }
}

async function fetchWhole(connection: Connection, path: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runRemote(connection, ["cat", "--", path]);
  if (exitCode !== 0) throw new HostError(connection.host, `read ${path}`, stderr.trim());
  return stdout;
}

async function listDirectory(sftp: Sftp, path: string): Promise<readonly string[] | undefined> {
  try {
    const handle = await sftp.openDirectory(path);
    const names: string[] = [];
    try {
      // The second look tells that the first saw everything; both are on their way at once.
      for (let isOver = false; !isOver; ) {
        for (const seen of await Promise.all([sftp.readDirectory(handle), sftp.readDirectory(handle)])) {
          if (seen === undefined) isOver = true;
          else names.push(...seen);
        }
      }
    } finally {
      sftp.closeSoon(handle);
    }
    return names.filter((name) => name !== "." && name !== "..").sort();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function writeInPlace(sftp: Sftp, path: string, bytes: Buffer): Promise<void> {
  const handle = await sftp.open(path, constants.O_WRONLY);
  try {
    await sftp.write(handle, bytes);
  } finally {
    sftp.closeSoon(handle);
  }
}

async function replace(sftp: Sftp, path: string, bytes: Buffer, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const handle = await sftp.open(temporary, "wx", mode);
  try {
    // A long text goes in several pieces, of which ssh2 sends the next when the one before it is there.
    if (bytes.length > CHUNK_BYTES / 2) await sftp.write(handle, bytes);
    const short = bytes.length > CHUNK_BYTES / 2 ? Buffer.alloc(0) : bytes;
    await Promise.all([sftp.write(handle, short), sftp.setMode(handle, mode), sftp.close(handle)]);
    await sftp.rename(temporary, path);
  } catch (error) {
    await sftp.unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Parents get the same mode; the umask is not asked. */
async function makeDirectory(sftp: Sftp, path: string, mode: number): Promise<void> {
  try {
    await sftp.mkdir(path, mode);
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) {
      await makeDirectory(sftp, dirname(path), mode);
      await makeDirectory(sftp, path, mode);
    } else if (!isAlreadyThere(error) || !(await sftp.isDirectory(path))) throw error;
  }
}

/** False if it is a directory, which takes more. */
async function unlinked(sftp: Sftp, path: string): Promise<boolean> {
  try {
    await sftp.unlink(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (isUnspecific(error)) return false;
    throw error;
  }
}

/** As on this machine: what a link leads to is not ours to change. */
async function refuseLink(sftp: Sftp, host: string, attempted: string, path: string): Promise<void> {
  const real = await sftp.realPath(path);
  if (real !== path) throw new HostError(host, attempted, leadsTo(real));
}

function absolute(path: string): string {
  if (!isAbsolute(path)) throw new Error(`internal: not an absolute path: ${path}`);
  return path;
}
