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
}

/** The threads of a process; empty if it is gone. */
export async function threadsOf(host: HostReader, pid: number): Promise<readonly Thread[]> {
  const tids = (await host.list(`/proc/${pid}/task`)) ?? [];
  const texts = await Promise.all(
    tids.map((tid) => host.read(`/proc/${pid}/task/${tid}/status`).catch(() => undefined)),
  );
  return texts.flatMap((text) => (text === undefined ? [] : [parseThreadStatus(text)]));
}

/** Reads the fields of /proc/PID/task/TID/status (proc(5)). */
export function parseThreadStatus(text: string): Thread {
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const tid = Number(field("Pid"));
  return {
    tid,
    innerTid: Number(field("NSpid").split(/\s+/).at(-1) || tid),
    name: field("Name"),
    allowedCpus: parseCpuList(field("Cpus_allowed_list")),
    involuntarySwitches: Number(field("nonvoluntary_ctxt_switches")),
    voluntarySwitches: Number(field("voluntary_ctxt_switches")),
  };
}

/** `0-2,5` as the kernel writes it to [0, 1, 2, 5]. */
export function parseCpuList(text: string): readonly number[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [first, last] = part.split("-").map(Number);
      const from = first ?? 0;
      return Array.from({ length: (last ?? from) - from + 1 }, (_, i) => from + i);
    });
}
