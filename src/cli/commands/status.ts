import type { Command } from "commander";
import type { LabPlace } from "../../lab/lab.ts";
import { observedWithoutEnvironment } from "../../plan/hide-environment.ts";
import type { Observed } from "../../plan/plan.ts";
import type { Reader } from "../../provision/driver.ts";
import { LABEL, placeOf } from "../../provision/labels.ts";
import { labNames, observeLab } from "../../provision/observe.ts";
import { switchQueues } from "../../provision/switch-queues.ts";
import { cpuText } from "../../report/plan-text.ts";
import { queueLines } from "../../report/queues-text.ts";
import { table } from "../../report/table.ts";
import type { PmdQueues } from "../../rpc/ovs-control/pmd-rxq-show.ts";
import type { HostSpec } from "../../topology/topology.ts";
import { EXIT, Exit } from "../exit.ts";
import { explain } from "../explain-error.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption, thisHost } from "../host-option.ts";
import { openRigs } from "../rigs.ts";
import { requireRoot } from "../root.ts";
import { openSession } from "../session.ts";
import { targetOf } from "../target.ts";
import { outputOf, print, printJson } from "../terminal.ts";

/** `corebed status [LAB]`: what is there, from labels alone. */
export function addStatus(program: Command): void {
  addHostOption(program.command("status"))
    .description("show the labs on this host and whether they work; needs no file")
    .argument("[lab]", "only this lab: its name, or its topology file, which also says on which hosts it is")
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed status", "all labs on this host"],
        ["corebed status chain-l2fwd --json", "every resource of one"],
      ),
    )
    .action(async (only: string | undefined, options: HostOption & { readonly json?: boolean }) => {
      const target = only === undefined ? undefined : await targetOf(only, options);
      const name = target?.kind === "file" ? target.loaded.topology.name : target?.name;
      if (target?.where.kind === "several") {
        await statusOfParts(target.where.hosts, name, options.json === true);
        return;
      }
      const on = target?.where.options ?? options;
      await requireRoot(on);
      const labs = await labsOn(openSession(on).world.reader, name);
      if (options.json === true) printJson({ labs: labs.map(labJson) });
      else print(labsText(labs, name, thisHost(on)));
    });
}

/** A lab as it is on one host. */
interface SeenLab {
  readonly name: string;
  readonly resources: readonly Observed[];
  readonly queues: readonly PmdQueues[];
  /** Undefined of a lab on one host. */
  readonly place: LabPlace | undefined;
}

async function labsOn(reader: Reader, only: string | undefined): Promise<readonly SeenLab[]> {
  const names = (await labNames(reader)).filter((name) => only === undefined || name === only);
  const containers = names.length === 0 ? [] : await reader.docker.containers(LABEL.place);
  return Promise.all(
    names.map(async (name) => {
      const [resources, queues] = await Promise.all([observeLab(reader, name), switchQueues(reader, name)]);
      const place = placeOf(containers.filter(({ Labels }) => Labels[LABEL.lab] === name));
      return { name, resources: resources.map(observedWithoutEnvironment), queues, place };
    }),
  );
}

function labJson({ place, ...lab }: SeenLab) {
  return { ...lab, ...(place !== undefined && { place }), state: stateOf(lab.resources) };
}

function labsText(labs: readonly SeenLab[], only: string | undefined, where: string): string {
  if (labs.length > 0) return labs.map(labText).join("\n");
  return only === undefined ? `There is no lab on ${where}.` : `There is no lab ${only} on ${where}.`;
}

/** What there is on each host of a lab; one that cannot be reached is told, and does not keep the others' from being shown. */
async function statusOfParts(hosts: readonly HostSpec[], name: string | undefined, json: boolean): Promise<void> {
  const rigs = await openRigs(hosts);
  const ends = await Promise.allSettled(rigs.all.map(({ session }) => labsOn(session.world.reader, name)));
  const seen = ends.map((end, index) => {
    const { name: host = "", address = "" } = hosts[index] ?? {};
    if (end.status === "fulfilled") return { host, address, labs: end.value };
    const { code, message } = explain(end.reason);
    if (code !== EXIT.unavailable) throw end.reason;
    return { host, address, labs: [], problem: message.replace(/^error: /, "") };
  });
  if (json) printJson({ hosts: seen.map((host) => ({ ...host, labs: host.labs.map(labJson) })) });
  else {
    const texts = seen.map(({ host, address, labs, problem }) =>
      [
        `Host ${host} (${address})`,
        problem === undefined ? labsText(labs, name, `host ${host}`) : `error: ${problem}`,
      ].join("\n"),
    );
    print(texts.join("\n\n"));
  }
  if (seen.some(({ problem }) => problem !== undefined)) throw new Exit(EXIT.unavailable);
}

/** In one word: `up`, `paused`, `broken`, or `partial` if nothing is wrong with what is there but there is no NF. */
function stateOf(resources: readonly Observed[]): string {
  if (resources.some((item) => item.problem !== undefined && !item.problem.repairable)) return "broken";
  if (resources.some((item) => item.problem !== undefined)) return "paused";
  return resources.some((item) => item.kind === "nf") ? "up" : "partial";
}

function placeText({ place }: SeenLab): string {
  if (place === undefined) return "";
  const others = place.hosts
    .filter(({ name }) => name !== place.host)
    .map(({ name, address }) => `${name} (${address})`);
  return `, host ${place.host} of it; others: ${others.join(", ")}`;
}

function labText(lab: SeenLab): string {
  const { name, resources, queues } = lab;
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
    `Lab ${name}: ${stateOf(resources)}${placeText(lab)}`,
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
