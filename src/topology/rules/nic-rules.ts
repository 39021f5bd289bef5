import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft, DraftNic } from "../draft.ts";
import { label } from "../thing-names.ts";

/** Network cards: two for each hop over them, none twice, and the two of a hop of one kind. */
export function nicRules(draft: Draft, report: DiagnosticList): void {
  nicsOnce(draft, report);
  enoughForHops(draft, report);
  pairsMatch(draft, report);
  standInsNeedNoBinding(draft, report);
}

function nicsOnce({ nics }: Draft, report: DiagnosticList): void {
  const first = new Map<string, string>();
  for (const { name, spec } of nics) {
    if (spec?.pci === undefined) continue;
    const earlier = first.get(spec.pci);
    if (earlier === undefined) {
      first.set(spec.pci, name);
      continue;
    }
    report.error({
      code: "nic-twice",
      place: { path: ["nics", name, "device"] },
      message: `${label(name)} and ${label(earlier)} are the same card, ${spec.pci}`,
      help: "a hop leaves by one port and comes in by another: give the address of a second port, or of a virtual function",
      related: [{ place: { path: ["nics", earlier, "device"] }, message: "first given here" }],
    });
  }
}

/** Hops over nic at most, in the lab of the file and in those that it is compared with, and where the file asks for them. */
function hopsOverNic({
  chains,
  datapath,
  compare,
}: Draft): { readonly count: number; readonly place: Place } | undefined {
  const hops = (chains ?? []).flatMap(({ name, spec }) => (spec?.hops ?? []).map((own) => ({ name, own })));
  const fixed = hops.filter(({ own }) => own === "nic");
  const open = hops.filter(({ own }) => own === undefined).length;
  const compared = typeof compare === "object" ? compare.datapaths.indexOf("nic") : -1;
  const asked = datapath === "nic" || compared >= 0;
  const count = fixed.length + (asked ? open : 0);
  if (count === 0) return undefined;
  const [chain] = fixed;
  if (chain !== undefined) return { count, place: { path: ["chains", chain.name], part: "key" } };
  return { count, place: { path: datapath === "nic" ? ["datapath"] : ["compare", "datapaths", compared] } };
}

function enoughForHops(draft: Draft, report: DiagnosticList): void {
  const { nics } = draft;
  const use = hopsOverNic(draft);
  if (use === undefined) {
    const [idle] = nics;
    if (idle === undefined || draft.chains === undefined || draft.datapath === undefined) return;
    report.warning({
      code: "nics-unused",
      place: { path: ["nics"], part: "key" },
      message: "no hop goes over nic, so the cards are not used",
      help: "write datapath: nic, for the file or for a chain or hop, or remove nics",
    });
    return;
  }
  const wanted = 2 * use.count;
  if (nics.length < wanted) {
    report.error({
      code: "too-few-nics",
      place: use.place,
      message: `${use.count === 1 ? "a hop" : `${use.count} hops`} over nic take${use.count === 1 ? "s" : ""} ${wanted} cards, one to leave by and one to come in by, and nics has ${nics.length === 0 ? "none" : nics.length}`,
      help: "add  nics: { left: { device: 0000:03:00.0 }, right: { device: 0000:03:00.1 } }  with addresses of corebed nic list, or device: af-packet to try it without cards",
    });
    return;
  }
  const spare = nics[wanted];
  if (spare === undefined) return;
  report.warning({
    code: "nics-unused",
    place: { path: ["nics", spare.name], part: "key" },
    message: `${use.count === 1 ? "the one hop" : `the ${use.count} hops`} over nic need${use.count === 1 ? "s" : ""} no more than ${wanted} cards, so ${label(spare.name)} is not used`,
    help: "remove it; hops take cards in the order of the file",
  });
}

/** A stand-in is one end of a veth pair: the other is the other card of its hop, and both are on the same side of the lab. */
function pairsMatch(draft: Draft, report: DiagnosticList): void {
  const used = draft.nics.slice(0, 2 * (hopsOverNic(draft)?.count ?? 0));
  for (let index = 0; index + 1 < used.length; index += 2) {
    const [first, second] = [used[index], used[index + 1]];
    if (first?.spec === undefined || second?.spec === undefined) continue;
    const standIns = [first, second].filter(({ spec }) => spec?.pci === undefined).length;
    if (standIns === 1)
      report.error(mismatch(second, first, "one is a card and the other stands in for one", "device"));
    if (standIns === 2 && first.spec.attach !== second.spec.attach) {
      report.error(mismatch(second, first, "one is on the switch and the other in an NF", "attach"));
    }
  }
}

function mismatch({ name }: DraftNic, other: DraftNic, how: string, key: "device" | "attach") {
  return {
    code: "nics-mismatch",
    place: { path: ["nics", name, key] },
    message: `${label(other.name)} and ${label(name)} are the two ends of a hop, but ${how}`,
    help: "hops take cards by twos, in the order of the file; the two ends of a veth pair that stands in for cards belong together",
    related: [{ place: { path: ["nics", other.name] }, message: "the other end" }],
  } as const;
}

function standInsNeedNoBinding({ nics }: Draft, report: DiagnosticList): void {
  for (const { name, spec } of nics) {
    if (spec === undefined || spec.pci !== undefined || !spec.bind) continue;
    report.error({
      code: "nothing-to-bind",
      place: { path: ["nics", name, "bind"] },
      message: `${label(name)} stands in for a card: there is nothing to take from the kernel`,
      help: "remove bind",
    });
  }
}
