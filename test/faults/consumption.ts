import { readdir, readFile } from "node:fs/promises";
import { command, lines } from "../integration/support/command.ts";
import { enginePid } from "./private-host.ts";

/** What could grow from one lab to the next: counts must stay the same, memory may breathe. */
export interface Consumption {
  /** By what is counted. */
  readonly counts: Readonly<Record<string, number>>;
  /** Resident memory in KiB, by program. */
  readonly memoryKib: Readonly<Record<string, number>>;
}

/** Reads it for the host and for processes that live on, by name. */
export async function consumption(processes: Readonly<Record<string, number>>): Promise<Consumption> {
  const engine = await enginePid();
  const containerd = await command("pgrep", "--parent", String(engine), "containerd").then((pid) => Number(pid));
  const all = Object.entries({ dockerd: engine, containerd, ...processes });
  const [links, filter, nat, files, images, mounts, alive] = await Promise.all([
    lines("ip", "-oneline", "link"),
    lines("iptables", "-S"),
    lines("iptables", "-t", "nat", "-S"),
    command("find", "/run", "/var/lib/corebed", "-xdev").then((text) => text.split("\n").length),
    command("find", "/var/lib/docker", "-maxdepth", "3", "-not", "-path", "*/tmp/*").then(
      (text) => text.split("\n").length,
    ),
    readFile("/proc/mounts", "utf8").then((text) => text.split("\n").length),
    readdir("/proc").then((names) => names.filter((name) => /^\d+$/.test(name)).length),
  ]);
  const descriptors = await Promise.all(
    all.map(async ([name, pid]) => [`file descriptors of ${name}`, (await readdir(`/proc/${pid}/fd`)).length] as const),
  );
  const memory = await Promise.all(all.map(async ([name, pid]) => [name, await residentKib(pid)] as const));
  return {
    counts: {
      interfaces: links.length,
      "iptables rules": filter.length + nat.length,
      "files under /run and /var/lib/corebed": files,
      "files of the Docker engine": images,
      mounts,
      processes: alive,
      ...Object.fromEntries(descriptors),
    },
    memoryKib: Object.fromEntries(memory),
  };
}

async function residentKib(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Comes and goes with whoever looks: so much more is no growth. */
const COUNT_SLACK = 8;
/** Collectors of garbage let memory grow before they work: so much more, and so much of what there was, is no growth. */
const MEMORY_SLACK = { kib: 24 << 10, share: 0.25 } as const;

/** What has grown from early samples to late ones, in words; the least of each is compared, for every sample is one moment. */
export function growth(early: readonly Consumption[], late: readonly Consumption[]): readonly string[] {
  const grown = (part: keyof Consumption, tooMuch: (before: number, after: number) => boolean, unit: string) =>
    Object.keys(early[0]?.[part] ?? {}).flatMap((name) => {
      const before = Math.min(...early.map((sample) => sample[part][name] ?? 0));
      const after = Math.min(...late.map((sample) => sample[part][name] ?? 0));
      return tooMuch(before, after) ? [`${name}: ${before}${unit} -> ${after}${unit}`] : [];
    });
  return [
    ...grown("counts", (before, after) => after > before + COUNT_SLACK, ""),
    ...grown("memoryKib", (before, after) => after > before * (1 + MEMORY_SLACK.share) + MEMORY_SLACK.kib, " KiB"),
  ];
}
