import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { label, unknownNameHelp } from "../thing-names.ts";
import { type ChainSpec, type NfSpec, SWITCH_OWNER } from "../topology.ts";
import { quote } from "../wording.ts";

/** Chains go through NFs that exist, from one that sends to one that counts. */
export function chainRules(draft: Draft, report: DiagnosticList): void {
  const chains = draft.chains ?? [];
  for (const { spec } of chains) {
    if (spec === undefined) continue;
    longEnough(spec, draft, report);
    nfsExist(spec, draft, report);
    hopsMatch(spec, report);
    endsFit(spec, draft, report);
  }
  everyNfUsed(draft, report);
}

function longEnough(chain: ChainSpec, { datapath, traffic }: Draft, report: DiagnosticList): void {
  if (datapath === "none" && chain.path.length === 1) {
    if (traffic?.direction === "both") {
      report.error({
        code: "nobody-answers",
        place: { path: ["traffic", "direction"] },
        message: `traffic both ways needs two NFs, and chain ${label(chain.name)} has one (datapath: none)`,
        help: "write direction: one, or remove it",
      });
    }
    return;
  }
  if (datapath === "none" && chain.path.length >= 2) {
    report.error({
      code: "nothing-carries",
      place: { path: ["chains", chain.name, "path"] },
      message: `datapath none carries nothing from ${label(chain.path[0] ?? "")} to ${label(chain.path[1] ?? "")}: it is for NFs that are alone`,
      help: `write a chain of one NF (${label(chain.name)}: [${label(chain.path[0] ?? "gen")}]), or another datapath`,
    });
    return;
  }
  if (chain.path.length >= 2) return;
  report.error({
    code: "short-chain",
    place: { path: ["chains", chain.name, "path"] },
    message: `chain ${label(chain.name)} has ${chain.path.length === 0 ? "no NF" : "one NF"}; packets need somewhere to come from and somewhere to go`,
    help: `name at least two NFs: ${label(chain.name)}: [gen, sink]; an NF alone takes datapath: none`,
  });
}

function nfsExist(chain: ChainSpec, { nfs }: Draft, report: DiagnosticList): void {
  if (nfs === undefined) return;
  const names = new Set(nfs.map(({ name }) => name));
  for (const [index, nf] of chain.path.entries()) {
    if (names.has(nf)) continue;
    const help =
      nf === SWITCH_OWNER
        ? "remove it: the switch carries the hops between NFs, it is not one of them"
        : unknownNameHelp(nf, [...names], report.all.length);
    report.error({
      code: "unknown-nf",
      place: { path: ["chains", chain.name, "path", index] },
      message: `chain ${label(chain.name)} goes through ${quote(nf)}, which is not under nfs`,
      help,
    });
  }
}

function hopsMatch(chain: ChainSpec, report: DiagnosticList): void {
  const wanted = chain.path.length - 1;
  if (chain.path.length < 2 || chain.hops.length === wanted) return;
  report.error({
    code: "hops-mismatch",
    place: { path: ["chains", chain.name, "hops"] },
    message: `chain ${label(chain.name)} has ${chain.path.length} NFs, so ${count(wanted)}, but hops lists ${chain.hops.length}`,
    help: `list one datapath for each hop; "default" stands for the datapath of the chain or file`,
    related: [{ place: { path: ["chains", chain.name, "path"] }, message: `these are ${chain.path.length} NFs` }],
  });
}

function count(hops: number): string {
  return hops === 1 ? "one hop" : `${hops} hops`;
}

function endsFit(chain: ChainSpec, { nfs }: Draft, report: DiagnosticList): void {
  const specs = new Map(nfs?.map(({ name, spec }) => [name, spec]));
  const last = chain.path.length - 1;
  if (last < 1) return;
  for (const [index, nf] of chain.path.entries()) {
    const app = specs.get(nf)?.app;
    // testpmd does what its arguments say, anywhere.
    if (app === "testpmd") continue;
    const misplaced = app && misplacement(app, index, last);
    if (misplaced === undefined) continue;
    const [message, help] = misplaced;
    report.error({
      code: "nf-misplaced",
      place: { path: ["chains", chain.name, "path", index] },
      message: `chain ${label(chain.name)} ${message.replace("%", `NF ${label(nf)}`)}`,
      help,
      related: [{ place: { path: ["nfs", nf, "app"] }, message: `${label(nf)} is ${app}` }],
    });
  }
}

function misplacement(
  app: NonNullable<NfSpec["app"]>,
  index: number,
  last: number,
): readonly [string, string] | undefined {
  if (index === 0 && app !== "pktgen") {
    return [
      `begins at %, which sends nothing of its own (${app})`,
      "put an NF with app: pktgen first, or an image of your own",
    ];
  }
  if (index === last && app !== "stats") {
    return [`ends at %, which counts nothing (${app})`, "put an NF with app: stats last, or an image of your own"];
  }
  if (index === 0 || index === last || app === "l2fwd" || app === "impair") return undefined;
  return app === "pktgen"
    ? ["goes through %, which sends and passes nothing on (pktgen)", "put it first, or use app: l2fwd"]
    : ["goes through %, which counts and passes nothing on (stats)", "put it last, or use app: l2fwd"];
}

function everyNfUsed({ chains, nfs }: Draft, report: DiagnosticList): void {
  if (chains === undefined || chains.some(({ spec }) => spec === undefined)) return;
  const used = new Set(chains.flatMap(({ spec }) => spec?.path ?? []));
  const known = new Set(nfs?.map(({ name }) => name));
  // A misspelt name may stand for any of them.
  if ([...used].some((name) => !known.has(name))) return;
  for (const { name } of nfs ?? []) {
    if (used.has(name)) continue;
    report.warning({
      code: "nf-unused",
      place: { path: ["nfs", name], part: "key" },
      message: `NF ${label(name)} is in no chain, so it will not be started`,
      help: "put it into a chain, or remove it",
    });
  }
}
