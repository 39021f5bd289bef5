import { readFile, readlink } from "node:fs/promises";
import type { ProcessIdentity } from "./lease-record.ts";

/** Place of the start time in /proc/PID/stat, counted from the state (proc(5): fields 22 and 3). */
const START_TIME = 19;
const ENDED = ["Z", "X", "x"];

/** When the process with this number was started, in ticks from the boot; undefined if there is none, or only what its parent has not asked about. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ENDED.includes(fields[0] ?? "") ? undefined : fields[START_TIME];
}

/** Which process this is, for others on the machine. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const [startTime = "", bootId, namespace] = await Promise.all([
    startTimeOf(process.pid),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").then((text) => text.trim()),
    readlink("/proc/self/ns/pid"),
  ]);
  return { pid: process.pid, startTime, bootId, namespace };
}
