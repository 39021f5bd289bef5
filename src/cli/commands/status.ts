import type { Command } from "commander";
import { observedWithoutEnvironment } from "../../plan/hide-environment.ts";
import type { Observed } from "../../plan/plan.ts";
import { labNames, observeLab } from "../../provision/observe.ts";
import { switchQueues } from "../../provision/switch-queues.ts";
import { cpuText } from "../../report/plan-text.ts";
import { queueLines } from "../../report/queues-text.ts";
import { table } from "../../report/table.ts";
import type { PmdQueues } from "../../rpc/ovs-control/pmd-rxq-show.ts";
import { examples } from "../help-examples.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { outputOf, print, printJson } from "../terminal.ts";

/** `corebed status [LAB]`: what is there, from labels alone. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description("show the labs on this host and whether they work; needs no file")
    .argument("[lab]", "only this lab")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed status", "all labs on this host"],
        ["corebed status chain-l2fwd --json", "every resource of one"],
      ),
    )
    .action(async (only: string | undefined, options: { readonly json?: boolean }) => {
      await requireRoot();
      const { reader } = openSession().world;
      const names = (await labNames(reader)).filter((name) => only === undefined || name === only);
      const labs = await Promise.all(
        names.map(async (name) => {
          const [resources, queues] = await Promise.all([observeLab(reader, name), switchQueues(reader, name)]);
          return { name, resources: resources.map(observedWithoutEnvironment), queues };
        }),
      );
      if (options.json === true) {
        printJson({ labs: labs.map((lab) => ({ ...lab, state: stateOf(lab.resources) })) });
        return;
      }
      if (labs.length === 0)
        print(only === undefined ? "There is no lab on this host." : `There is no lab ${only} on this host.`);
      for (const lab of labs) print(labText(lab.name, lab.resources, lab.queues));
    });
}

/** In one word: `up`, `paused`, `broken`, or `partial` if nothing is wrong with what is there but there is no NF. */
function stateOf(resources: readonly Observed[]): string {
  if (resources.some((item) => item.problem !== undefined && !item.problem.repairable)) return "broken";
  if (resources.some((item) => item.problem !== undefined)) return "paused";
  return resources.some((item) => item.kind === "nf") ? "up" : "partial";
}

function labText(name: string, resources: readonly Observed[], queues: readonly PmdQueues[]): string {
  const running = resources.filter((item) => item.kind === "nf" || item.kind === "switch");
  const rows = running.map((item) => [
    item.id.split(":")[1] ?? "",
    appOf(item),
    cpusOf(item),
    String(item.hugePages),
    item.problem?.text ?? "running",
  ]);
  const columns = [
    { header: "name" },
    { header: "app" },
    { header: "polls on CPU", short: "CPU", align: "right" },
    { header: "huge pages", short: "pages", align: "right" },
    { header: "state" },
  ] as const;
  const output = outputOf(process.stdout);
  const others = resources.length - running.length;
  return [
    `Lab ${name}: ${stateOf(resources)}`,
    ...table(columns, rows, output).lines.map((line) => `  ${line}`),
    ...queueLines(queues, { ...output, width: output.width - 2 }).map((line) => `  ${line}`),
    `  and ${others} more resources (networks, bridges, directories, ...): corebed status ${name} --json`,
  ].join("\n");
}

function appOf(item: Observed): string {
  if (item.kind === "switch") return "OVS-DPDK";
  return item.kind === "nf" ? (item.spec?.app ?? item.spec?.image ?? "") : "";
}

function cpusOf(item: Observed): string {
  if (item.kind === "nf") return String(item.spec?.workerCpu ?? "");
  return item.kind === "switch" ? cpuText(item.spec?.pmdCpus ?? []) : "";
}
