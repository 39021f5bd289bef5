import { betweenKind, crossingsOf, hostsOfNfs } from "../crossing.ts";
import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft, DraftNic } from "../draft.ts";
import { type DealtCards, nicDealer } from "../nic-dealer.ts";
import { didYouMean } from "../suggest.ts";
import { label } from "../thing-names.ts";
import type { Datapath, NicSpec } from "../topology.ts";
import { anyOf, quote } from "../wording.ts";

/** Network cards: two for each hop over them, none twice, and the two of a hop of one kind. */
export function nicRules(draft: Draft, report: DiagnosticList): void {
  hostsOfCards(draft, report);
  nicsOnce(draft, report);
  enoughForHops(draft, report);
  pairsMatch(draft, report);
  onlyCardsAreBound(draft, report);
  interfacesAreTheSwitchs(draft, report);
}

/** Of several hosts each card is on one. */
function hostsOfCards({ nics, hosts }: Draft, report: DiagnosticList): void {
  const known = hosts?.map(({ name }) => name) ?? [];
  for (const { name, spec } of nics) {
    if (spec === undefined) continue;
    const { host } = spec;
    if (host !== undefined && !known.includes(host)) {
      report.error({
        code: "unknown-host",
        place: { path: ["nics", name, "host"] },
        message: `${label(name)} is on ${quote(host)}, which is not under hosts`,
        help:
          known.length === 0
            ? "remove host: the lab is on one"
            : `${didYouMean(host, known)}name one of ${anyOf(known)}`,
      });
    }
    if (host !== undefined || known.length < 2) continue;
    report.error({
      code: "nic-without-host",
      place: { path: ["nics", name], part: "key" },
      message: `${label(name)} does not say on which of the ${known.length} hosts it is`,
      help: `add its host:  ${label(name)}: { host: ${label(known[0] ?? "a")}, device: ... }`,
    });
  }
}

function nicsOnce(draft: Draft, report: DiagnosticList): void {
  const first = new Map<string, string>();
  for (const { name, spec, host } of cardsOf(draft)) {
    const device = spec?.pci ?? spec?.parent;
    if (device === undefined) continue;
    const place = `${host ?? ""} ${device}`;
    const earlier = first.get(place);
    if (earlier === undefined) {
      first.set(place, name);
      continue;
    }
    report.error({
      code: "nic-twice",
      place: { path: ["nics", name, "device"] },
      message: `${label(name)} and ${label(earlier)} are the same card, ${device}`,
      help: "a hop leaves by one port and comes in by another: give the address of a second port, or of a virtual function",
      related: [{ place: { path: ["nics", earlier, "device"] }, message: "first given here" }],
    });
  }
}

/** A hop over nic, with the cards that it takes. */
interface NicHop {
  readonly chain: string;
  /** Whether the file gives it nic by itself, whatever the lab's datapath is. */
  readonly fixed: boolean;
  /** Hosts that it leaves and comes to; undefined where there is but one. */
  readonly hosts: readonly [string | undefined, string | undefined];
  readonly cards: DealtCards<Card>;
}

interface Card extends DraftNic {
  readonly host: string | undefined;
}

/** A card of a file with one host is on it, whatever it says; what names no host of several has been told. */
function cardsOf({ nics, hosts }: Draft): readonly Card[] {
  const several = (hosts?.length ?? 0) > 1;
  return nics.map((nic) => ({ ...nic, host: several ? nic.spec?.host : undefined }));
}

/** The hops over nic of the lab that has this datapath, and what cards they take. */
function hopsOverNic(draft: Draft, datapath: Datapath): readonly NicHop[] {
  const { chains, cores, hosts, between } = draft;
  const places = (hosts?.length ?? 0) > 1 ? hostsOfNfs(cores ?? []) : new Map<string, string>();
  const deal = nicDealer(cardsOf(draft));
  return (chains ?? []).flatMap(({ name, spec }) => {
    if (spec === undefined) return [];
    const crossings = crossingsOf(spec.path, places);
    return spec.hops.flatMap((own, index): readonly NicHop[] => {
      const crosses = crossings.some((crossing) => crossing.index === index);
      const carrier = crosses ? betweenKind(spec, index, between ?? "vxlan") : (own ?? datapath);
      if (carrier !== "nic") return [];
      const ends = [places.get(spec.path[index] ?? ""), places.get(spec.path[index + 1] ?? "")] as const;
      return [{ chain: name, fixed: own === "nic", hosts: ends, cards: deal(...ends) }];
    });
  });
}

/** The labs that a file stands for: its own, and those that it compares. */
function labsOf({ datapath, compare }: Draft): readonly Datapath[] {
  const compared = typeof compare === "object" ? compare.datapaths : [];
  return [...new Set([...(datapath === undefined ? [] : [datapath]), ...compared])];
}

/** Hops over nic at most, in the lab of the file and in those that it is compared with, and where the file asks for them. */
function mostOverNic(draft: Draft): { readonly hops: readonly NicHop[]; readonly place: Place } | undefined {
  const { datapath, compare } = draft;
  const hops = hopsOverNic(draft, labsOf(draft).includes("nic") ? "nic" : (datapath ?? "vhost-user"));
  if (hops.length === 0) return undefined;
  const fixed = hops.find((hop) => hop.fixed);
  if (fixed !== undefined) return { hops, place: { path: ["chains", fixed.chain], part: "key" } };
  const compared = typeof compare === "object" ? compare.datapaths.indexOf("nic") : -1;
  if (datapath === "nic") return { hops, place: { path: ["datapath"] } };
  return { hops, place: { path: compared >= 0 ? ["compare", "datapaths", compared] : ["between"] } };
}

function enoughForHops(draft: Draft, report: DiagnosticList): void {
  const { nics } = draft;
  const use = mostOverNic(draft);
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
  const cards = cardsOf(draft);
  for (const host of new Set(use.hops.flatMap(({ hosts }) => hosts))) {
    const own = cards.filter((card) => card.host === host);
    const hops = use.hops.filter(({ hosts }) => hosts.includes(host));
    const wanted = hops.flatMap(({ hosts }) => hosts.filter((end) => end === host)).length;
    if (own.length < wanted) {
      report.error({ code: "too-few-nics", place: use.place, ...tooFewWords(host, hops.length, wanted, own.length) });
      continue;
    }
    const spare = own[wanted];
    if (spare === undefined) continue;
    const of = host === undefined ? "" : ` of host ${label(host)}`;
    report.warning({
      code: "nics-unused",
      place: { path: ["nics", spare.name], part: "key" },
      message: `${hops.length === 1 ? "the one hop" : `the ${hops.length} hops`} over nic need${hops.length === 1 ? "s" : ""} no more than ${wanted} ${wanted === 1 ? "card" : "cards"}${of}, so ${label(spare.name)} is not used`,
      help: "remove it; hops take cards in the order of the file",
    });
  }
}

function tooFewWords(host: string | undefined, hops: number, wanted: number, given: number) {
  const subject = hops === 1 ? "a hop" : `${hops} hops`;
  const verb = hops === 1 ? "takes" : "take";
  const has = given === 0 ? "none" : given;
  if (host === undefined) {
    return {
      message: `${subject} over nic ${verb} ${wanted} cards, one to leave by and one to come in by, and nics has ${has}`,
      help: "add  nics: { left: { device: 0000:03:00.0 }, right: { device: 0000:03:00.1 } }  with addresses of corebed nic list, or device: af-packet to try it without cards",
    };
  }
  return {
    message: `${subject} over nic ${verb} ${wanted} ${wanted === 1 ? "card" : "cards"} of host ${label(host)}, and nics has ${has} of it`,
    help: `name cards that are cabled to each other, each with its host:  nics: { left: { host: ${label(host)}, device: eth1 }, right: { host: ..., device: eth1 } }`,
  };
}

/** A stand-in is one end of a veth pair: the other is the other card of its hop, and both are on the same side of the lab. */
function pairsMatch(draft: Draft, report: DiagnosticList): void {
  const told = new Set<string>();
  for (const { cards, hosts } of labsOf(draft).flatMap((datapath) => hopsOverNic(draft, datapath))) {
    const [first, second] = [cards.out, cards.in];
    if (first?.spec === undefined || second?.spec === undefined || told.has(`${first.name} ${second.name}`)) continue;
    told.add(`${first.name} ${second.name}`);
    const standIns = [first, second].filter(({ spec }) => spec !== undefined && isStandIn(spec));
    const [standIn] = standIns;
    if (standIn !== undefined && hosts[0] !== hosts[1]) {
      report.error(standInBetween(standIn));
      continue;
    }
    if (standIns.length === 1)
      report.error(mismatch(second, first, "one is a card and the other stands in for one", "device"));
    if (standIns.length === 2 && first.spec.attach !== second.spec.attach) {
      report.error(mismatch(second, first, "one is on the switch and the other in an NF", "attach"));
    }
  }
}

function standInBetween({ name }: DraftNic) {
  return {
    code: "stand-in-between-hosts",
    place: { path: ["nics", name, "device"] },
    message: `${label(name)} stands in for a card of a hop from one host to another, where only a card or an interface leads`,
    help: "name a card by its PCI address, or an interface of the host, such as device: eth1",
  } as const;
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

function isStandIn({ pci, parent }: NicSpec): boolean {
  return pci === undefined && parent === undefined;
}

/** Whoever drives an interface of the kernel in an NF has the datapaths macvlan and host for it. */
function interfacesAreTheSwitchs({ nics }: Draft, report: DiagnosticList): void {
  for (const { name, spec } of nics) {
    if (spec?.parent === undefined || spec.attach === "switch") continue;
    report.error({
      code: "interface-in-nf",
      place: { path: ["nics", name, "attach"] },
      message: `${label(name)} is an interface of the kernel, ${spec.parent}, and an NF drives a card itself`,
      help: "remove attach; or name the card by its PCI address; or use datapath: macvlan with this interface as its parent",
    });
  }
}

function onlyCardsAreBound({ nics }: Draft, report: DiagnosticList): void {
  for (const { name, spec } of nics) {
    if (spec === undefined || spec.pci !== undefined || !spec.bind) continue;
    const what = isStandIn(spec) ? "stands in for a card" : "is an interface that the kernel goes on driving";
    report.error({
      code: "nothing-to-bind",
      place: { path: ["nics", name, "bind"] },
      message: `${label(name)} ${what}: there is nothing to take from the kernel`,
      help: "remove bind",
    });
  }
}
