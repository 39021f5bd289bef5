import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import { type Host, HostError } from "./host.ts";
import { systemErrorCode, toHostError } from "./system-error.ts";

/** The file calls of `Host` for this machine. */
export function localFiles(
  host: string,
): Pick<Host, "read" | "write" | "list" | "makeDirectory" | "remove" | "upload"> {
  return {
    async read(path) {
      const absent = path.startsWith("/sys/class/net/") ? VANISHING : ABSENT;
      return await unlessAbsent(host, `read ${path}`, () => readFile(absolute(path), "utf8"), absent);
    },
    async list(path) {
      return await unlessAbsent(host, `list ${path}`, async () => (await readdir(absolute(path))).sort());
    },
    async write(path, text, mode = 0o644) {
      await wrapped(host, `write ${path}`, () =>
        isKernelFile(absolute(path)) ? writeInPlace(path, text) : replace(path, text, mode),
      );
    },
    async makeDirectory(path, mode) {
      await wrapped(host, `make directory ${path}`, async () => {
        const refuseLink = (place: string, real: string): void => {
          if (real !== place) throw new HostError(host, `make directory ${path}`, leadsTo(real));
        };
        // Before, so that nothing is made where a link leads; and after, for one that came in between.
        const [place, realPlace] = await existing(normalize(absolute(path)));
        refuseLink(place, realPlace);
        // Parents get the same mode; the umask is not asked.
        const first = await mkdir(path, { recursive: true, mode });
        refuseLink(normalize(path), await realpath(path));
        // What was there may have been open to others.
        if (first !== undefined || ((await stat(path)).mode & 0o777 & ~mode) !== 0) await chmod(path, mode);
      });
    },
    async upload(localPath, path) {
      await wrapped(host, `copy ${localPath} to ${path}`, async () => {
        // A link that somebody put there is not followed.
        await rm(absolute(path), { force: true });
        await copyFile(localPath, path, constants.COPYFILE_EXCL);
      });
    },
    async remove(path) {
      if (normalize(absolute(path)) === "/") throw new Error("internal: refuses to remove /");
      await wrapped(host, `remove ${path}`, async () => {
        const directory = dirname(normalize(path));
        const real = await realpath(directory).catch((error: unknown) => {
          if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
          throw error;
        });
        if (real === undefined) return;
        if (real !== directory) throw new HostError(host, `remove ${path}`, leadsTo(real));
        await rm(path, { recursive: true, force: true });
      });
    },
  };
}

/** The part of a path that is there, and where it really is. */
async function existing(path: string): Promise<readonly [place: string, real: string]> {
  try {
    return [path, await realpath(path)];
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    return existing(dirname(path));
  }
}

/** Somebody else put a link there: what it leads to is not ours to change. */
export function leadsTo(place: string): string {
  return `its path leads over a symbolic link to ${place}; remove the link`;
}

/** Files that are a door into the kernel: they are neither created nor replaced. */
export function isKernelFile(path: string): boolean {
  return /^\/(proc|sys)\//.test(normalize(path));
}

async function writeInPlace(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(temporary, text, { mode, flag: "wx" });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function absolute(path: string): string {
  if (!isAbsolute(path)) throw new Error(`internal: not an absolute path: ${path}`);
  return path;
}

const ABSENT: ReadonlySet<string> = new Set(["ENOENT"]);
/** A network interface that is just being removed still has its files, but the kernel refuses to read them (net/core/net-sysfs.c, dev_isalive). */
const VANISHING: ReadonlySet<string> = new Set(["ENOENT", "EINVAL", "ENODEV"]);

async function unlessAbsent<T>(
  host: string,
  attempted: string,
  action: () => Promise<T>,
  absent = ABSENT,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== undefined && absent.has(code)) return undefined;
    if (code === undefined) throw error;
    throw toHostError(host, attempted, error);
  }
}

async function wrapped(host: string, attempted: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw toHostError(host, attempted, error);
  }
}
