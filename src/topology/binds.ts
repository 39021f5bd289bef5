import type { Reading } from "./reading.ts";
import { found, quote } from "./wording.ts";

/** A file or directory of the host that an NF's container sees. */
export interface Bind {
  /** On the host: absolute, without `.` and `..`. */
  readonly source: string;
  /** In the container, likewise. */
  readonly target: string;
  readonly writable: boolean;
}

/** Where a container has files of its kernel's, or the lab's sockets: nothing of the user's goes there. */
export const TARGETS_OFF_LIMITS = ["/proc", "/sys", "/dev", "/run/corebed"];

/** Of the host's system itself. Who may read or write there has the host, or what it keeps secret. */
const SYSTEM_PLACES = [
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/lib",
  "/lib32",
  "/lib64",
  "/proc",
  "/root",
  "/run",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr",
  "/var/backups",
  "/var/cache",
  "/var/lib",
  "/var/log",
  "/var/mail",
  "/var/run",
  "/var/spool",
  "/var/tmp",
];

const FORM = "write HOST:CONTAINER, both absolute, such as /srv/captures:/captures, and :rw behind it to let it write";

/** `/srv/captures:/captures` or `/srv/out:/out:rw`. */
export function readBind(value: unknown): Reading<Bind> {
  const wrong = (code: string, problem: string, help: string): Reading<Bind> => ({ ok: false, code, problem, help });
  if (typeof value !== "string") return wrong("wrong-type", `must be a mount, found ${found(value)}`, FORM);
  const [source = "", target, mode = "ro", ...rest] = value.split(":");
  if (target === undefined || rest.length > 0) return wrong("bad-mount", `cannot be ${quote(value)}`, FORM);
  if (mode !== "ro" && mode !== "rw") {
    return wrong("bad-mount", `ends with ${quote(mode)}`, "write ro or rw, or nothing, which is ro");
  }
  for (const [path, where] of [
    [source, "on the host"],
    [target, "in the container"],
  ] as const) {
    const problem = pathProblem(path);
    if (problem !== undefined) return wrong("bad-path", `names ${quote(path)} ${where}, which ${problem}`, FORM);
  }
  const taken = TARGETS_OFF_LIMITS.find((place) => isWithin(target, place) || isWithin(place, target));
  if (taken !== undefined) {
    const problem = `would cover ${taken} in the container, which has to stay as it is`;
    return wrong("bad-path", problem, "choose another place in the container, such as /data");
  }
  return { ok: true, value: { source, target, writable: mode === "rw" } };
}

/** Why a path of a mount will not do, to follow "which"; undefined if it will. */
function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "is not absolute";
  if (path.length > 1024) return "is longer than 1024 characters";
  if (/[\p{Cc},]/u.test(path)) return "has a control character or a comma in it";
  if (path !== "/" && path.endsWith("/")) return "ends with a slash";
  const parts = path.split("/").slice(1);
  if (parts.some((part) => part === ".." || part === ".")) return "goes through . or ..";
  return path !== "/" && parts.includes("") ? "has an empty part" : undefined;
}

/** Why a mount of a place of the host's gives more than data, to follow "which"; undefined if it does not. */
export function sensitivity({ source, writable }: Bind): string | undefined {
  const system = SYSTEM_PLACES.find((place) => isWithin(source, place) || isWithin(place, source));
  if (system !== undefined) return source === "/" ? "is the whole host" : "belongs to the host's own system";
  if (/^\/home(?:\/[^/]+)?$/.test(source)) return "is a whole home directory";
  if (source.split("/").some((part) => part.startsWith("."))) return "is hidden, as keys and passwords are";
  // Root of a container is root of the host: a program that it leaves there can make root of whoever starts it.
  return writable ? "it could write to as the host's root" : undefined;
}

/** For people: `/srv/captures on /captures, read-only`. */
export function bindText({ source, target, writable }: Bind): string {
  return `${source} on ${target}, ${writable ? "writable" : "read-only"}`;
}

function isWithin(path: string, place: string): boolean {
  return place === "/" || path === place || path.startsWith(`${place}/`);
}
