import { rangeText } from "../lab/rules.ts";
import type { Budget } from "../plan/budget.ts";
import type { Action, Change, Plan, PlanStep } from "../plan/plan.ts";
import { type Output, paint, type Style } from "./output.ts";
import { hanging } from "./text.ts";

const MARKS: Readonly<Record<Action, readonly [string, Style]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  replace: ["-/+", "red"],
  delete: ["-", "red"],
  keep: ["=", "dim"],
};

/** A plan for people: what happens to each resource and why, what it interrupts, and what it takes of the host. */
export function formatPlan(plan: Plan, budget: Budget | undefined, output: Output): string {
  const lines = [paint("bold", `Plan for lab ${plan.lab}`, output), "", ...planLines(plan, budget, output)];
  return lines.join("\n");
}

/** A plan without its title. */
function planLines(plan: Plan, budget: Budget | undefined, output: Output): readonly string[] {
  const waiting = plan.steps.filter((step) => step.action !== "keep");
  const kept = plan.steps.length - waiting.length;
  return [
    ...waiting.flatMap((step) => stepLines(step, output)),
    ...(waiting.length > 0 ? [""] : []),
    ...hanging("", summary(plan.steps, kept), output),
    ...interruptionLines(waiting, output),
    ...(budget === undefined ? [] : ["", ...budgetLines(budget, output)]),
  ];
}

/** A plan of one of a lab's hosts. */
export interface HostPlan {
  readonly host: string;
  readonly address: string;
  readonly plan: Plan;
  readonly budget: Budget | undefined;
}

/** What happens on each host of a lab that is on several, and what it takes of each. */
export function formatHostPlans(lab: string, plans: readonly HostPlan[], output: Output): string {
  const names = plans.map(({ host }) => host);
  const title = `Plan for lab ${lab} on hosts ${names.slice(0, -1).join(", ")} and ${names.at(-1)}, which change at the same time`;
  return [
    ...hanging("", title, output).map((line) => paint("bold", line, output)),
    ...plans.flatMap(({ host, address, plan, budget }) => [
      "",
      paint("bold", `Host ${host} (${address})`, output),
      "",
      ...planLines(plan, budget, output),
    ]),
  ].join("\n");
}

function stepLines(step: PlanStep, output: Output): readonly string[] {
  const [mark, style] = MARKS[step.action];
  const head = hanging(
    `  ${mark.padEnd(3)} `,
    `${step.id}: ${step.reason}`,
    output,
    `  ${paint(style, mark.padEnd(3), output)} `,
  );
  const changes = step.changes.flatMap((change) =>
    hanging("        ", `${change.path}: ${changeText(change)}`, output),
  );
  const given = (step.grants ?? []).flatMap((grant) => hanging("        ", grant, output));
  return [...head, ...given, ...changes];
}

/** A whole port or flow that comes or goes is named, not printed: it would fill the screen. */
function changeText({ before, after }: Change): string {
  if (before === undefined && after?.startsWith("{")) return "added";
  if (after === undefined && before?.startsWith("{")) return "removed";
  return `${before ?? "(none)"} -> ${after ?? "(none)"}`;
}

function summary(steps: readonly PlanStep[], kept: number): string {
  const count = (action: Action): number => steps.filter((step) => step.action === action).length;
  const parts = (["create", "update", "replace", "delete"] as const)
    .filter((action) => count(action) > 0)
    .map((action) => `${count(action)} to ${action}`);
  if (parts.length === 0) return `Nothing to do: all ${kept} resources are as they should be.`;
  return `${parts.join(", ")}, ${kept} to keep.`;
}

function interruptionLines(steps: readonly PlanStep[], output: Output): readonly string[] {
  const chains = [...new Set(steps.flatMap((step) => step.interrupts))];
  return chains.length === 0 ? [] : hanging("", `Interrupts traffic of chain ${chains.join(", ")}.`, output);
}

function budgetLines(budget: Budget, output: Output): readonly string[] {
  const { hugePages } = budget;
  const cpus = budget.cpus.map(
    ({ cpu, owners, heldBy }) =>
      `CPU ${cpu}: ${owners.join(" + ")}${heldBy === undefined ? "" : ` (held by ${heldBy})`}`,
  );
  return [
    ...hanging("Cores     ", [...cpus, freeText(budget.freeCpus)].join("; "), output),
    ...hanging(
      "Pages     ",
      `${hugePages.needed} huge pages of ${hugePages.pageKib / 1024} MiB needed, ${hugePages.held} held by the lab, ${hugePages.free} free`,
      output,
    ),
    `Sockets   ${socketsText(budget)}`,
    ...budget.shared.flatMap((shared, index) =>
      hanging("          ", sharedText(shared), output, index === 0 ? "Shared    " : "          "),
    ),
    ...budget.obstacles.flatMap((obstacle) => [
      ...hanging("error: ", obstacle.message, output, `${paint("red", "error", output)}: `),
      ...hanging("  = help: ", obstacle.help, output),
    ]),
  ];
}

/** `fw: ports 0, 1 of web; ports 2, 3 of voice` */
function sharedText({ nf, chains }: Budget["shared"][number]): string {
  const words = chains.map(
    ({ chain, ports }) => `port${ports.length === 1 ? "" : "s"} ${ports.join(", ")} of ${chain}`,
  );
  return `${nf}: ${words.join("; ")}`;
}

function freeText(cpus: readonly number[]): string {
  return cpus.length === 0 ? "no other is free" : `free: CPU ${cpuText(cpus)}`;
}

function socketsText({ sockets, memifs }: Budget): string {
  if (memifs === 0) return `${sockets} vhost-user`;
  return sockets === 0 ? `${memifs} memif` : `${sockets} vhost-user, ${memifs} memif`;
}

/** `0-1,4` for a list of CPUs. */
export function cpuText(cpus: readonly number[]): string {
  return rangeText(cpus.toSorted((a, b) => a - b));
}
