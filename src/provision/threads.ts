import { parseCpuList } from "../host/parse/cpu-list.ts";
import type { HostReader } from "./driver.ts";

/** One thread of a process as /proc shows it. */
export interface Thread {
  readonly tid: number;
  /** Its number in the innermost PID namespace: what a program in a container knows itself by. */
  readonly innerTid: number;
  readonly name: string;
  readonly allowedCpus: readonly number[];
  /** Times that the kernel took the CPU away although the thread could have gone on. */
  readonly involuntarySwitches: number;
  /** Times that it slept. */
  readonly voluntarySwitches: number;
  /** Time that it could have run and did not, since something else had the CPU, in nanoseconds. */
  readonly runQueueWaitNs: number;
  /** Times that it was moved to another CPU since it began; undefined where the kernel does not tell. */
  readonly migrations: number | undefined;
}

/** The threads of a process; empty if it is gone. */
export async function threadsOf(host: HostReader, pid: number): Promise<readonly Thread[]> {
  const tasks = `/proc/${pid}/task`;
  const { texts } = await host.survey({ files: ["status", "schedstat", "sched"].map((name) => `${tasks}/*/${name}`) });
  return [...texts].flatMap(([path, status]) => {
    if (!path.endsWith("/status")) return [];
    const beside = (name: string): string => texts.get(path.replace(/status$/, name)) ?? "";
    return [parseThread(status, beside("schedstat"), beside("sched"))];
  });
}

/**
 * Reads the fields of /proc/PID/task/TID/status (proc(5)) and of schedstat beside it: time on a CPU, time waiting for one, and turns taken
 * (Documentation/scheduler/sched-stats.rst).
 */
export function parseThread(status: string, schedstat: string, sched = ""): Thread {
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  const tid = Number(field("Pid"));
  return {
    tid,
    innerTid: Number(field("NSpid").split(/\s+/).at(-1) || tid),
    name: field("Name"),
    allowedCpus: parseCpuList(field("Cpus_allowed_list")),
    involuntarySwitches: Number(field("nonvoluntary_ctxt_switches")),
    voluntarySwitches: Number(field("voluntary_ctxt_switches")),
    runQueueWaitNs: Number(schedstat.split(" ")[1] ?? 0),
    migrations: migrationsIn(sched),
  };
}

/** `se.nr_migrations : 3` of /proc/PID/task/TID/sched, which kernels without scheduler statistics do not have. */
function migrationsIn(sched: string): number | undefined {
  const found = /^se\.nr_migrations\s*:\s*(\d+)/m.exec(sched)?.[1];
  return found === undefined ? undefined : Number(found);
}
