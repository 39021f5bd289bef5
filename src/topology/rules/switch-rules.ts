import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import type { TopologySource } from "../source-file.ts";
import { label, unknownNameHelp } from "../thing-names.ts";
import { SWITCH_OWNER } from "../topology.ts";
import { anyOf, quote } from "../wording.ts";

/** Settings of the switch that do not go together, or with the rest of the file. */
export function switchRules(draft: Draft, report: DiagnosticList, source: TopologySource): void {
  runDirectory(draft, report, source);
  affinityNames(draft, report);
  affinityCpus(draft, report);
  caches(draft, report, source);
}

/** The run directory is that of an OVS that corebed did not start. */
function runDirectory(draft: Draft, report: DiagnosticList, source: TopologySource): void {
  const given = source.has(["switch", "runDirectory"]);
  if (!given || draft.switch?.mode !== "container") return;
  report.error({
    code: "needs-host-mode",
    place: { path: ["switch", "runDirectory"], part: "key" },
    message: "runDirectory is for an OVS that runs already; this lab's switch runs in a container of its own",
    help: "remove it, or add mode: host",
  });
}

function affinityNames({ switch: spec, nfs }: Draft, report: DiagnosticList): void {
  const named = Object.keys(spec?.affinity ?? {});
  const known = nfs?.map(({ name }) => name) ?? [];
  for (const name of named) {
    if (nfs === undefined || known.includes(name)) continue;
    report.error({
      code: "unknown-nf",
      place: { path: ["switch", "affinity", name], part: "key" },
      message: `switch.affinity names ${quote(name)}, which is not under nfs`,
      help: unknownNameHelp(name, known, report.all.length),
    });
  }
  if (named.length === 0 || spec === undefined || spec.rxqAssign === "pinned") return;
  report.error({
    code: "affinity-not-pinned",
    place: { path: ["switch", "affinity"], part: "key" },
    message: `switch.affinity says which CPU polls which queue, and rxqAssign: ${spec.rxqAssign} leaves that to OVS`,
    help: "remove one of the two",
    related: [{ place: { path: ["switch", "rxqAssign"] }, message: "left to OVS here" }],
  });
}

function affinityCpus({ switch: spec, cores }: Draft, report: DiagnosticList): void {
  if (spec === undefined || cores === undefined) return;
  const own = cores.flatMap(({ cpu, owners }) => (cpu !== undefined && owners?.includes(SWITCH_OWNER) ? [cpu] : []));
  for (const [name, cpus] of Object.entries(spec.affinity)) {
    const path = ["switch", "affinity", name];
    if (cpus.length === 0) {
      report.error({
        code: "empty-affinity",
        place: { path },
        message: `switch.affinity of ${label(name)} has an empty list`,
        help: "name a CPU of the switch, or remove the line: its queues then take turns on all of them",
      });
    }
    const foreign = cpus.find((cpu) => !own.includes(cpu));
    if (foreign === undefined || own.length === 0) continue;
    report.error({
      code: "not-a-switch-cpu",
      place: { path },
      message: `switch.affinity puts ${label(name)} on CPU ${foreign}, which cores does not give to the switch`,
      help: `name ${anyOf(own.map(String))}, or give CPU ${foreign} to the switch`,
    });
  }
}

/** Lookups that end in the simple match reach no cache. */
function caches({ switch: spec }: Draft, report: DiagnosticList, source: TopologySource): void {
  if (spec === undefined || !spec.simpleMatch) return;
  for (const key of ["emcInsertInvProb", "smc"]) {
    if (!source.has(["switch", key])) continue;
    report.warning({
      code: "cache-not-used",
      place: { path: ["switch", key], part: "key" },
      message: `switch.${key} has no effect: rules that name only the port are found by simple match, before any cache`,
      help: "add simpleMatch: false to have packets looked up in EMC, SMC and classifier, or remove it",
    });
  }
}
