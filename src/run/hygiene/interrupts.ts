import type { HostReader } from "../../provision/driver.ts";

/** Interrupts since boot, by CPU and then by source: `LOC local timer`, `28 virtio0-config`, `softirq NET_RX`. */
export type Interrupts = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** What interrupted whom and how often, hard and soft. */
export async function readInterrupts(host: HostReader): Promise<Interrupts> {
  const [hard, soft] = await Promise.all([host.read("/proc/interrupts"), host.read("/proc/softirqs")]);
  const both = [...parseInterrupts(hard ?? "", ""), ...parseInterrupts(soft ?? "", "softirq ")];
  const byCpu = new Map<number, Map<string, number>>();
  for (const [cpu, source, count] of both) byCpu.set(cpu, (byCpu.get(cpu) ?? new Map()).set(source, count));
  return byCpu;
}

/**
 * Reads the table of /proc/interrupts or /proc/softirqs (proc(5)): a line of CPUs, then a line for each source with a count for each CPU and, for hard
 * interrupts, what the source is.
 */
export function parseInterrupts(text: string, prefix: string): readonly (readonly [number, string, number])[] {
  const [head = "", ...lines] = text.split("\n");
  const cpus = [...head.matchAll(/CPU(\d+)/g)].map((match) => Number(match[1]));
  return lines.flatMap((line) => {
    const [name, rest] = line.split(/:(.*)/s);
    if (name === undefined || rest === undefined) return [];
    const words = rest.trim().split(/\s+/);
    const counts = words.slice(0, cpus.length).map(Number);
    // ERR and MIS have one count for all.
    if (counts.length < cpus.length || counts.some(Number.isNaN)) return [];
    const what = describe(name.trim(), words.slice(cpus.length));
    return cpus.map((cpu, index) => [cpu, `${prefix}${what}`, counts[index] ?? 0] as const);
  });
}

/** A number alone says nothing: what is behind it is at the end of its line. */
function describe(name: string, words: readonly string[]): string {
  if (!/^\d+$/.test(name)) return name;
  return `${name} ${words.at(-1) ?? ""}`.trim();
}

/** What came on one CPU between two looks, the most frequent first; at most `most` sources. */
export function interruptsBetween(
  before: Interrupts,
  after: Interrupts,
  cpu: number,
  most: number,
): readonly { readonly source: string; readonly count: number }[] {
  const then = before.get(cpu) ?? new Map<string, number>();
  return [...(after.get(cpu) ?? [])]
    .map(([source, count]) => ({ source, count: count - (then.get(source) ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
