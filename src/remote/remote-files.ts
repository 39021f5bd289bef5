import { randomBytes } from "node:crypto";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import type { SFTPWrapper } from "ssh2";
import { type Host, HostError, isLost } from "../host/host.ts";
import { isKernelFile, leadsTo } from "../host/local-files.ts";
import { systemError, toHostError } from "../host/system-error.ts";
import type { Attendant } from "./attendant.ts";
import type { Connection } from "./connection.ts";
import { isMissing, isUnspecific, Sftp, WRITE_ONLY } from "./sftp.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** What goes into one message of SFTP. */
const CHUNK_BYTES = 32 * 1024;

type Files = Pick<Host, "read" | "write" | "list" | "makeDirectory" | "remove" | "upload">;

/**
 * The file calls of `Host`. A round trip to a host may take longer than all of the work: what is short is done by the shell that is there, in one. Texts and files are
 * carried there by SFTP.
 */
export function remoteFiles(connection: Connection, attendant: Attendant): Files {
  const { host } = connection;
  const using = <T>(attempted: string, action: (sftp: Sftp) => Promise<T>): Promise<T> =>
    withSftp(connection, attempted, action);
  return {
    async read(path) {
      const script = `[ -e ${shellQuoted(absolute(path))} ] || exit ${MISSING}; exec cat -- ${shellQuoted(path)}`;
      const bytes = await again(() => byScript(attendant, host, `read ${path}`, script, path));
      return bytes?.toString("utf8");
    },
    async list(path) {
      const quoted = shellQuoted(absolute(path));
      const isDirectory = `[ -d ${quoted} ] || { [ -e ${quoted} ] && exit ${NO_DIRECTORY}; exit ${MISSING}; }`;
      const script = `${isDirectory}; exec find -H ${quoted} -mindepth 1 -maxdepth 1 -printf '%f\\0'`;
      const names = (await again(() => byScript(attendant, host, `list ${path}`, script)))?.toString("utf8");
      return names?.split("\0").slice(0, -1).sort();
    },
    async write(path, text, mode = 0o644) {
      const bytes = Buffer.from(text, "utf8");
      await using(`write ${path}`, (sftp) =>
        isKernelFile(absolute(path)) ? writeInPlace(sftp, path, bytes) : replace(sftp, path, bytes, mode),
      );
    },
    async makeDirectory(path, mode) {
      await again(() => byScript(attendant, host, `make directory ${path}`, makeScript(absolute(path), mode)));
    },
    async remove(path) {
      if (normalize(absolute(path)) === "/") throw new Error("internal: refuses to remove /");
      await again(() => byScript(attendant, host, `remove ${path}`, removeScript(normalize(path))));
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
export async function again<T>(action: () => Promise<T>): Promise<T> {
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

async function writeInPlace(sftp: Sftp, path: string, bytes: Buffer): Promise<void> {
  const handle = await sftp.open(path, WRITE_ONLY);
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

/** How a script says that nothing is there. */
const MISSING = 8;
/** How it says that a path leads over a link; what it printed is where to. */
const OVER_LINK = 9;

/** How it says that what is there is no directory. */
const NO_DIRECTORY = 10;

/** What the script printed; undefined if nothing is there. */
async function byScript(
  attendant: Attendant,
  host: string,
  attempted: string,
  script: string,
  path = "",
): Promise<Buffer | undefined> {
  const { exitCode, output } = await attendant.script(script, attempted);
  if (exitCode === 0) return output;
  if (exitCode === MISSING) return undefined;
  if (exitCode === NO_DIRECTORY) throw toHostError(host, attempted, systemError("ENOTDIR"));
  const words = output.toString("utf8").trim();
  if (exitCode === OVER_LINK) throw new HostError(host, attempted, leadsTo(words));
  // What has gone in between is not there. An interface that is just being removed still has its files, but the kernel refuses to read them.
  if (/No such (file|process)/.test(words)) return undefined;
  if (path.startsWith("/sys/class/net/") && /Invalid argument|No such device/.test(words)) return undefined;
  throw new HostError(host, attempted, reasonIn(words) || `exit code ${exitCode}`);
}

/** What a program says of a file, less its own name and the file's: `cat: /x: Is a directory`. */
function reasonIn(words: string): string {
  const reason = words.split("\n")[0]?.split(": ").at(-1) ?? "";
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

/** Parents get the same mode; the umask is not asked. As on this machine, what a link leads to is not ours to change. */
function makeScript(path: string, mode: number): string {
  const [quoted, octal] = [shellQuoted(normalize(path)), `0${mode.toString(8)}`];
  return [
    // Before, so that nothing is made where a link leads; and after, for one that came in between.
    refuseLink(quoted, "-m"),
    `umask ${(0o777 & ~mode).toString(8).padStart(4, "0")}; mkdir -p -- ${quoted} || exit 1`,
    refuseLink(quoted),
    // What was there may have been open to others.
    `[ $((0$(stat -c %a -- ${quoted}) & ~${octal} & 0777)) -eq 0 ] || chmod ${octal} -- ${quoted}`,
  ].join("\n");
}

function removeScript(path: string): string {
  const directory = shellQuoted(dirname(path));
  return [`[ -d ${directory} ] || exit 0`, refuseLink(directory), `rm -rf -- ${shellQuoted(path)}`].join("\n");
}

/** `-m` for what need not be there. */
function refuseLink(quoted: string, how: "-e" | "-m" = "-e"): string {
  return `real=$(readlink ${how} -- ${quoted}) || exit 1; [ "$real" = ${quoted} ] || { echo "$real"; exit ${OVER_LINK}; }`;
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

function absolute(path: string): string {
  if (!isAbsolute(path)) throw new Error(`internal: not an absolute path: ${path}`);
  return path;
}
