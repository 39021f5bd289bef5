import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { label } from "../thing-names.ts";
import type { NfSpec } from "../topology.ts";

/** As many ports as an NF can have; `MOST_PORTS` of the lab, which rules on the text know nothing of. */
const MOST_PORTS = 32;

/** A chain that goes through an NF, and where on its way. */
interface Use {
  readonly chain: string;
  readonly place: Place;
  readonly at: "first" | "middle" | "last";
}

/**
 * An NF may be in several chains: each has ports of its own there. Who sends is in one chain, since packets of one generator in two chains could not be told
 * apart; who ends chains ends all of his, for ports of the others go in pairs.
 */
export function sharingRules(draft: Draft, report: DiagnosticList): void {
  const known = new Map(draft.nfs?.map(({ name, spec }) => [name, spec]));
  for (const [nf, uses] of usesOf(draft, report)) {
    if (!known.has(nf) || uses.length < 2) continue;
    generatorAlone(nf, uses, report);
    samePlace(nf, known.get(nf), uses, report);
    sinkSendsNothing(nf, known.get(nf), uses, draft, report);
    portsSuffice(nf, uses, report);
  }
}

/** Where chains meet each NF, in the order of the file; reports an NF that one chain meets twice. */
function usesOf({ chains, nfs }: Draft, report: DiagnosticList): ReadonlyMap<string, readonly Use[]> {
  const known = new Set(nfs?.map(({ name }) => name));
  const all = new Map<string, Use[]>();
  for (const { name, spec } of chains ?? []) {
    const path = spec?.path ?? [];
    for (const [index, nf] of path.entries()) {
      const place: Place = { path: ["chains", name, "path", index] };
      const uses = all.get(nf) ?? [];
      const earlier = uses.find(({ chain }) => chain === name);
      if (earlier === undefined) {
        all.set(nf, [...uses, { chain: name, place, at: whereabouts(index, path.length) }]);
      } else if (known.has(nf)) {
        report.error({
          code: "nf-used-twice",
          place,
          message: `NF ${label(nf)} is twice in chain ${label(name)}, and packets would come to it again and again`,
          help: `give each place of a chain an NF of its own, such as ${label(`${nf}2`)} with the same settings`,
          related: [{ place: earlier.place, message: "first used here" }],
        });
      }
    }
  }
  return all;
}

function whereabouts(index: number, length: number): Use["at"] {
  if (index === 0) return "first";
  return index === length - 1 ? "last" : "middle";
}

function generatorAlone(nf: string, uses: readonly Use[], report: DiagnosticList): void {
  const sends = uses.find(({ at }) => at === "first");
  if (sends === undefined) return;
  for (const other of uses.filter((use) => use !== sends)) {
    const [earlier, later] = uses.indexOf(other) < uses.indexOf(sends) ? [other, sends] : [sends, other];
    report.error({
      code: "generator-shared",
      place: later.place,
      message: `NF ${label(nf)} begins chain ${label(sends.chain)} and is in chain ${label(other.chain)} as well: who sends is in one chain`,
      help: `give one of the two chains an NF of its own, such as ${label(`${nf}2`)} with the same settings`,
      related: [{ place: earlier.place, message: "first used here" }],
    });
  }
}

/** Of the built-in NFs only testpmd could be in either place; the others are told that they are misplaced. */
function samePlace(nf: string, spec: NfSpec | undefined, uses: readonly Use[], report: DiagnosticList): void {
  if (spec?.app !== undefined && spec.app !== "testpmd") return;
  const passes = uses.find(({ at }) => at === "middle");
  const ends = uses.find(({ at }) => at === "last");
  if (passes === undefined || ends === undefined) return;
  const [earlier, later] = uses.indexOf(passes) < uses.indexOf(ends) ? [passes, ends] : [ends, passes];
  report.error({
    code: "nf-in-two-places",
    place: later.place,
    message: `NF ${label(nf)} ends chain ${label(ends.chain)} and passes packets of chain ${label(passes.chain)} on; it can do one of the two`,
    help: `give one of the two chains an NF of its own, such as ${label(`${nf}2`)} with the same settings`,
    related: [{ place: earlier.place, message: "first used here" }],
  });
}

/** Where traffic goes both ways the last NF of a chain sends too. */
function sinkSendsNothing(
  nf: string,
  spec: NfSpec | undefined,
  uses: readonly Use[],
  { traffic }: Draft,
  report: DiagnosticList,
): void {
  const [first, second] = uses.filter(({ at }) => at === "last");
  if (spec?.app !== "stats" || traffic?.direction !== "both" || first === undefined || second === undefined) return;
  report.error({
    code: "sink-shared-both-ways",
    place: second.place,
    message: `NF ${label(nf)} ends chain ${label(first.chain)} and chain ${label(second.chain)}, and with traffic both ways it sends as well, which it can into one chain`,
    help: `send one way (direction: one), or give chain ${label(second.chain)} an NF of its own, such as ${label(`${nf}2`)}`,
    related: [
      { place: first.place, message: "first used here" },
      { place: { path: ["traffic", "direction"] }, message: "both ways here" },
    ],
  });
}

function portsSuffice(nf: string, uses: readonly Use[], report: DiagnosticList): void {
  const ports = uses.reduce((sum, { at }) => sum + (at === "middle" ? 2 : 1), 0);
  const last = uses.at(-1);
  if (ports <= MOST_PORTS || last === undefined) return;
  report.error({
    code: "too-many-ports",
    place: last.place,
    message: `NF ${label(nf)} is in ${uses.length} chains, which takes ${ports} ports, and an NF has at most ${MOST_PORTS}`,
    help: `give some of the chains an NF of their own, such as ${label(`${nf}2`)} with the same settings`,
  });
}
