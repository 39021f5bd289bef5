import { isSameCpu, type OnCpu } from "../../measure/on-cpu.ts";
import { formatCount, formatNumber, formatPercent } from "../../measure/quantity.ts";
import type { Arm } from "../../measure/result.ts";
import type { Trial } from "../../measure/trial.ts";
import { armHeader } from "../arm-table.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";

const MILLISECOND_NS = 1e6;

/** Of each CPU of each arm the worst that any trial saw: time that went to others, and what interrupted. */
export function hygieneTable(arms: readonly Arm[]): Markup {
  const right = (header: string) => ({ header, align: "right" as const });
  const columns = [
    { header: armHeader(arms) },
    right("CPU"),
    { header: "runs" },
    right("hypervisor"),
    right("preempted"),
    right("waited"),
    right("clock"),
    { header: "interrupts" },
  ];
  return html`<p class="muted">The worst of all trials: share of time taken by the hypervisor, how often polling threads were preempted, how long they waited for their CPU, and what interrupted most.</p>
${dataTable({ label: "What the CPUs did meanwhile", columns, rows: arms.flatMap(rowsOf) })}`;
}

function rowsOf({ name, trials, cpus }: Arm): readonly (readonly string[])[] {
  return cpus.owners.map(({ host, cpu, owners }) => {
    const isThis = (other: OnCpu): boolean => isSameCpu(other, { host, cpu });
    const seen = trials.flatMap(({ hygiene }) => hygiene.cpus.filter(isThis));
    const clocks = seen.flatMap(({ mhz }) => mhz ?? []);
    const worst = (value: (trial: Trial) => number) => Math.max(0, ...trials.map(value));
    const ofThreads = (value: (thread: Trial["hygiene"]["threads"][number]) => number) =>
      worst(({ hygiene }) => hygiene.threads.filter(isThis).reduce((sum, thread) => sum + value(thread), 0));
    const most = seen.flatMap(({ interrupts }) => interrupts).toSorted((a, b) => b.count - a.count)[0];
    return [
      name,
      host === undefined ? String(cpu) : `${cpu} of ${host}`,
      owners.join(" + "),
      formatPercent(Math.max(0, ...seen.map(({ stealRatio }) => stealRatio))),
      formatCount(ofThreads((thread) => thread.involuntaryContextSwitches)),
      `${formatNumber(ofThreads((thread) => thread.runQueueWaitNs) / MILLISECOND_NS)} ms`,
      clocks.length === 0 ? "-" : clockText(Math.min(...clocks), Math.max(...clocks)),
      most === undefined ? "-" : `${most.source}: ${formatCount(most.count)}`,
    ];
  });
}

function clockText(low: number, high: number): string {
  const [from, to] = [Math.round(low), Math.round(high)];
  return from === to ? `${from} MHz` : `${from}-${to} MHz`;
}
