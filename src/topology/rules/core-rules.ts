import { throughSwitch } from "../datapaths.ts";
import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft, DraftCore, DraftNf } from "../draft.ts";
import { suggest } from "../suggest.ts";
import { label, unknownNameHelp } from "../thing-names.ts";
import { DATAPATHS, type Datapath, SWITCH_OWNER } from "../topology.ts";
import { firstOf, quote } from "../wording.ts";

/** The affinity map: everything in it exists, and every NF is in it once. */
export function coreRules(draft: Draft, report: DiagnosticList): void {
  const { cores } = draft;
  if (cores === undefined) return;
  for (const core of cores) {
    coreKey(core, report);
    ownersExist(core, draft, report);
  }
  ownedOnce(cores, report);
  everyNfRuns(draft, cores, report);
  switchHasCore(draft, cores, report);
  switchSharesCore(draft, cores, report);
}

/** JSON Schema sees no quotes, and neither does zod: keys are text to both. */
function coreKey({ key, path, quoted, owners }: DraftCore, report: DiagnosticList): void {
  if (quoted && /^\d+$/.test(key)) {
    report.error({
      code: "bad-cpu",
      place: { path, part: "key" },
      message: `CPU numbers stand without quotes, found ${JSON.stringify(key)}`,
      help: `write ${key}: ${owners?.length === 1 ? label(owners[0] ?? "") : "..."}`,
    });
  }
  if (owners?.length === 0) {
    report.error({
      code: "empty-core",
      place: { path },
      message: `CPU ${label(key)} has an empty list`,
      help: "name what runs there, or remove the line: a CPU that is not listed is free for the rest of the system",
    });
  }
}

function ownersExist(core: DraftCore, { nfs }: Draft, report: DiagnosticList): void {
  const { path, owners } = core;
  if (nfs === undefined) return;
  const names = new Set([SWITCH_OWNER, ...nfs.map(({ name }) => name)]);
  for (const [index, owner] of (owners ?? []).entries()) {
    if (names.has(owner)) continue;
    const parts = owner.split(/\s*,\s*/);
    const isList = parts.length > 1 && parts.every((part) => names.has(part));
    report.error({
      code: "unknown-owner",
      place: { path: [...path, index] },
      message: `${cpuWords(core)} runs ${quote(owner)}, which is not under nfs`,
      help: isList
        ? `for several on one CPU write a list: [${parts.join(", ")}]`
        : unknownNameHelp(owner, [...names], report.all.length),
    });
  }
}

/** An NF has one worker thread, so one CPU; the switch may have several CPUs, each once. */
function ownedOnce(cores: readonly DraftCore[], report: DiagnosticList): void {
  const first = new Map<string, { readonly core: DraftCore; readonly place: Place }>();
  for (const core of cores) {
    const { cpu, owners, path } = core;
    if (cpu === undefined) continue;
    for (const [index, owner] of (owners ?? []).entries()) {
      const place: Place = { path: [...path, index] };
      const id = owner === SWITCH_OWNER ? `${SWITCH_OWNER} on ${path.join("/")}` : owner;
      const earlier = first.get(id);
      if (earlier === undefined) {
        first.set(id, { core, place });
        continue;
      }
      const same = earlier.core === core;
      const hosts = earlier.core.host !== core.host;
      report.error({
        code: "nf-on-two-cores",
        place,
        message: same
          ? `${cpuWords(core)} names ${label(owner)} twice`
          : `NF ${label(owner)} is on ${cpuWords(earlier.core)} and on ${cpuWords(core)}`,
        help: same
          ? "name it once"
          : `an NF ${hosts ? "runs on one host" : "has one worker thread"}: keep one of the two, or make a second NF`,
        related: [{ place: earlier.place, message: "first given here" }],
      });
    }
  }
}

/** `CPU 1`, in a file with hosts `CPU 1 of host a`. */
function cpuWords({ key, host }: DraftCore): string {
  return host === undefined ? `CPU ${label(key)}` : `CPU ${label(key)} of host ${label(host)}`;
}

function everyNfRuns({ nfs, coresComplete }: Draft, cores: readonly DraftCore[], report: DiagnosticList): void {
  if (nfs === undefined || !coresComplete) return;
  const running = meantOwners(nfs, cores);
  const taken = new Set(cores.map(({ key }) => Number(key)));
  const free = Array.from({ length: taken.size + 1 }, (_, cpu) => cpu).find((cpu) => !taken.has(cpu));
  for (const { name } of nfs) {
    if (running.has(name) || name === SWITCH_OWNER) continue;
    report.error({
      code: "nf-without-core",
      place: { path: ["nfs", name], part: "key" },
      message: `no CPU runs NF ${label(name)}`,
      help: cores.some(({ host }) => host !== undefined)
        ? "add it under cores, to a CPU of the host that it is to run on"
        : `add it under cores, such as  ${free}: ${label(name)}`,
    });
  }
}

/** What runs somewhere, or would if its name were spelt right: that has been reported once. */
function meantOwners(nfs: readonly DraftNf[], cores: readonly DraftCore[]): ReadonlySet<string> {
  const names = new Set([SWITCH_OWNER, ...nfs.map(({ name }) => name)]);
  const owners = cores.flatMap((core) => core.owners ?? []).flatMap((owner) => owner.split(/\s*,\s*/));
  const unknown = owners.filter((owner) => !names.has(owner)).slice(0, 100);
  return new Set([...owners, ...unknown.map((owner) => suggest(owner, names) ?? owner)]);
}

function switchHasCore(draft: Draft, cores: readonly DraftCore[], report: DiagnosticList): void {
  // Which of several hosts need one is for the rules on hosts to say.
  if (cores.some(({ host }) => host !== undefined)) return;
  const listed = cores.find(({ owners }) => owners?.includes(SWITCH_OWNER));
  const use = firstUseOfSwitch(draft);
  if (use === undefined) return;
  if (use === "none") {
    if (listed === undefined) return;
    report.warning({
      code: "switch-unused",
      place: { path: [...listed.path, listed.owners?.indexOf(SWITCH_OWNER) ?? 0] },
      message: `${cpuWords(listed)} is given to the switch, but no hop goes through it`,
      help: "remove it, or use datapath: vhost-user",
    });
    return;
  }
  if (listed !== undefined || !draft.coresComplete || meantOwners(draft.nfs ?? [], cores).has(SWITCH_OWNER)) return;
  if (draft.switch === undefined || draft.switch.mode === "host") return;
  report.error({
    code: "switch-without-core",
    place: { path: ["cores"], part: "key" },
    message: `${use.words} goes through OVS-DPDK, but no CPU runs the switch`,
    help: `give the switch a CPU of its own: "<cpu>: ${SWITCH_OWNER}"`,
    related: use.place === undefined ? [] : [{ place: use.place, message: "asked for here" }],
  });
}

/** What needs the switch; undefined if the parts that would tell are broken. */
function firstUseOfSwitch(
  draft: Draft,
): { readonly words: string; readonly place: Place | undefined } | "none" | undefined {
  const { chains, compare, datapath } = draft;
  const needing: readonly Datapath[] = [
    ...DATAPATHS.filter(throughSwitch),
    ...(hasSwitchNics(draft) ? (["nic"] as const) : []),
  ];
  for (const { name, spec } of chains ?? []) {
    if (needing.some((needs) => spec?.hops.includes(needs)))
      return { words: `chain ${label(name)}`, place: { path: ["chains", name], part: "key" } };
  }
  const open = chains?.some(({ spec }) => spec?.hops.includes(undefined)) ?? false;
  const listed = typeof compare === "object" ? compare.datapaths : [];
  const compared = listed.findIndex((candidate) => needing.includes(candidate));
  if (compared >= 0 && open)
    return {
      words: `the compared datapath ${listed[compared]}`,
      place: { path: ["compare", "datapaths", compared] },
    };
  if (datapath === "nic" && open && hasSwitchNics(draft))
    return { words: "datapath nic", place: { path: ["datapath"] } };
  if (datapath === "vhost-user" && open) return { words: "datapath vhost-user (the default)", place: undefined };
  if (datapath !== undefined && throughSwitch(datapath) && open)
    return { words: `datapath ${datapath}`, place: { path: ["datapath"] } };
  const broken =
    datapath === undefined ||
    compare === undefined ||
    chains === undefined ||
    chains.some(({ spec }) => spec === undefined);
  return broken ? undefined : "none";
}

/** Cards belong to the switch unless the file gives them to the NFs. */
function hasSwitchNics({ nics }: Draft): boolean {
  return nics.some(({ spec }) => spec?.attach === "switch");
}

function switchSharesCore(draft: Draft, cores: readonly DraftCore[], report: DiagnosticList): void {
  if (draft.switch?.mode !== "container" || draft.switch.pmdMaxSleepUs > 0) return;
  for (const core of cores) {
    const { path, owners } = core;
    const others = owners?.filter((owner) => owner !== SWITCH_OWNER) ?? [];
    if (owners === undefined || others.length === 0 || others.length === owners.length) continue;
    report.warning({
      code: "switch-shares-core",
      place: { path: [...path, owners.indexOf(SWITCH_OWNER)] },
      message: `the switch shares ${cpuWords(core)} with ${firstOf(others, label)}, and its poll-mode thread never sleeps`,
      help: "give it a CPU of its own, or let it sleep when idle: switch: { pmdMaxSleep: 100us }",
    });
  }
}
