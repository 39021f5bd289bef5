import { betweenKind, type Crossing, crossingsOf, hostsOfNfs, isTunnel } from "../crossing.ts";
import { throughSwitch } from "../datapaths.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft, DraftHost } from "../draft.ts";
import type { TopologySource } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { isHostKey, label } from "../thing-names.ts";
import { type ChainSpec, type Datapath, LOCAL_ADDRESS, SWITCH_OWNER } from "../topology.ts";
import { anyOf, quote } from "../wording.ts";

/** The machines of a lab: each is known, runs something, and is reached by what goes to it from another. */
export function hostRules(draft: Draft, report: DiagnosticList, source: TopologySource): void {
  coresHaveHosts(draft, report);
  const { hosts } = draft;
  if (hosts === undefined) {
    noneCross(draft, report, source);
    return;
  }
  hostNames(hosts, report);
  oneAddressEach(hosts, report);
  everyHostUsed(draft, hosts, report);
  if (hosts.length < 2) {
    noneCross(draft, report, source);
    return;
  }
  betweenWords(draft, report);
  switchesHaveCores(draft, report);
  noInterfaces(draft, report);
}

/** CPUs stand under hosts where there are several, and under hosts that there are. */
function coresHaveHosts({ hosts, cores }: Draft, report: DiagnosticList): void {
  const known = hosts?.map(({ name }) => name) ?? [];
  const told = new Set<string>();
  for (const { host, key, path } of cores ?? []) {
    if (host === undefined) {
      if (known.length < 2) continue;
      report.error({
        code: "core-without-host",
        place: { path, part: "key" },
        message: `CPU ${label(key)} stands under no host, and the lab has ${known.length}`,
        help: `write CPUs under the names of their hosts: cores: { ${label(known[0] ?? "a")}: { ${label(key)}: ... } }`,
      });
      continue;
    }
    if (known.includes(host) || told.has(host)) continue;
    told.add(host);
    report.error({
      code: "unknown-host",
      place: { path: ["cores", host], part: "key" },
      message: hosts === undefined ? NO_HOSTS : `cores has CPUs of ${quote(host)}, which is not under hosts`,
      help:
        hosts === undefined
          ? `add  hosts: { ${label(host)}: { address: ssh://root@rig1 } }, or write the CPUs of this machine as  cores: { 0: switch, 1: gen }`
          : `${didYouMean(host, known)}name one of ${anyOf(known)}, or add ${label(host)} under hosts`,
    });
  }
}

const NO_HOSTS = "cores lists CPUs under the names of hosts, and the file has no hosts";

function hostNames(hosts: readonly DraftHost[], report: DiagnosticList): void {
  if (hosts.length === 0) {
    report.error({
      code: "empty-section",
      place: { path: ["hosts"], part: "key" },
      message: "hosts is empty",
      help: "put something into it, such as  a: { address: ssh://root@rig1 }, or remove it",
    });
  }
  for (const { name } of hosts) {
    if (isHostKey(name)) continue;
    report.error({
      code: "bad-name",
      place: { path: ["hosts", name], part: "key" },
      message: `the name of a host cannot be ${quote(name)}: a number under cores is a CPU`,
      help: `begin it with a letter, such as host${label(name)}`,
    });
  }
}

/** Two names for one machine would each remove what the other made. */
function oneAddressEach(hosts: readonly DraftHost[], report: DiagnosticList): void {
  const first = new Map<string, DraftHost>();
  for (const host of hosts) {
    if (host.spec === undefined) continue;
    const { address } = host.spec;
    const earlier = first.get(address);
    if (earlier === undefined) {
      first.set(address, host);
      continue;
    }
    report.error({
      code: "host-twice",
      place: { path: ["hosts", host.name, "address"] },
      message: `${label(earlier.name)} and ${label(host.name)} are the same machine, ${address === LOCAL_ADDRESS ? "this one" : address}`,
      help: "a lab has one part on each machine: give all its CPUs under one name",
      related: [{ place: { path: ["hosts", earlier.name, "address"] }, message: "first given here" }],
    });
  }
}

function everyHostUsed({ cores, coresComplete }: Draft, hosts: readonly DraftHost[], report: DiagnosticList): void {
  if (cores === undefined || !coresComplete || hosts.length < 2) return;
  // Where CPUs stand by themselves that has been told.
  if (cores.some(({ host }) => host === undefined)) return;
  for (const { name } of hosts) {
    if (cores.some(({ host, owners }) => host === name && (owners ?? []).some((owner) => owner !== SWITCH_OWNER)))
      continue;
    report.error({
      code: "host-unused",
      place: { path: ["hosts", name], part: "key" },
      message: `no NF runs on host ${label(name)}`,
      help: "give an NF a CPU of it under cores, or remove it",
    });
  }
}

/** Tunnels are for labs on several hosts. */
function noneCross({ chains }: Draft, report: DiagnosticList, source: TopologySource): void {
  for (const { name, spec } of chains ?? []) {
    for (const [index, kind] of (spec?.between ?? []).entries()) {
      if (kind === undefined) continue;
      report.error({
        code: "hop-stays-on-host",
        place: { path: ["chains", name, "hops", index] },
        message: `${hopWords(name, spec?.path ?? [], index)} stays on one host, and ${kind} goes from one host to another`,
        help: "use a datapath of one host, such as vhost-user; hosts: spreads a lab over several",
      });
    }
  }
  if (!source.has(["between"])) return;
  report.warning({
    code: "between-unused",
    place: { path: ["between"], part: "key" },
    message: "between has no effect: the lab is on one host",
    help: "remove it, or spread the lab over several hosts: hosts: { a: ..., b: ... }",
  });
}

function hopWords(chain: string, path: readonly string[], index: number): string {
  return `the hop from ${label(path[index] ?? "")} to ${label(path[index + 1] ?? "")} of chain ${label(chain)}`;
}

/** Hops from host to host go over what leads there, others over no tunnel. */
function betweenWords(draft: Draft, report: DiagnosticList): void {
  const places = hostsOfNfs(draft.cores ?? []);
  const used = new Map<string, string>();
  for (const { name, spec } of draft.chains ?? []) {
    if (spec === undefined) continue;
    const crossings = crossingsOf(spec.path, places);
    for (const [index, own] of spec.hops.entries()) {
      const crossing = crossings.find((candidate) => candidate.index === index);
      const place = { path: ["chains", name, "hops", index] };
      const hop = hopWords(name, spec.path, index);
      const kind = spec.between?.[index];
      if (crossing === undefined && kind !== undefined) {
        report.error({
          code: "hop-stays-on-host",
          place,
          message: `${hop} stays on host ${label(places.get(spec.path[index] ?? "") ?? "")}, and ${kind} goes from one host to another`,
          help: "use a datapath of one host, such as vhost-user, or put one of the two NFs on another host",
        });
      }
      if (crossing === undefined) continue;
      if (own !== undefined && own !== "nic" && own !== "overlay") report.error(staysOnHost(own, hop, crossing, place));
      else if (!isTunnel(betweenKind(spec, index, draft.between ?? "vxlan"))) continue;
      for (const host of [crossing.out, crossing.in]) if (!used.has(host)) used.set(host, hop);
    }
  }
  tunnelsReach(draft.hosts ?? [], used, report);
}

function staysOnHost(own: Datapath, hop: string, crossing: Crossing, place: { readonly path: (string | number)[] }) {
  return {
    code: "datapath-stays-on-host",
    place,
    message: `${hop} goes from host ${label(crossing.out)} to host ${label(crossing.in)}, and ${own} stays on a host`,
    help: 'write vxlan, geneve, nic or overlay for it, or "default" for what between says',
  };
}

/** Switches that hops go between have addresses, different ones of one network. */
function tunnelsReach(hosts: readonly DraftHost[], used: ReadonlyMap<string, string>, report: DiagnosticList): void {
  const ends = hosts.filter(({ name, spec }) => used.has(name) && spec !== undefined);
  for (const { name, spec } of ends) {
    if (spec?.tunnel !== undefined) continue;
    report.error({
      code: "tunnel-missing",
      place: { path: ["hosts", name], part: "key" },
      message: `${used.get(name)} leaves or comes to host ${label(name)}, which has no tunnel`,
      help: "say where tunnels end there:  tunnel: { interface: eth1, address: 192.0.2.1/24 }",
    });
  }
  const [first, ...others] = ends.filter(({ spec }) => spec?.tunnel !== undefined);
  const seen = new Map(first === undefined ? [] : [[ipOf(first), first.name]]);
  for (const other of others) {
    if (first === undefined) return;
    const place = { path: ["hosts", other.name, "tunnel", "address"] };
    const same = seen.get(ipOf(other));
    const related = (name: string) => [
      { place: { path: ["hosts", name, "tunnel", "address"] }, message: "the other address" },
    ];
    if (same !== undefined) {
      report.error({
        code: "tunnel-address-twice",
        place,
        message: `tunnels end at ${ipOf(other)} on host ${label(same)} and on host ${label(other.name)}`,
        help: "give each host an address of its own",
        related: related(same),
      });
    } else if (networkOf(first) !== networkOf(other)) {
      report.error({
        code: "tunnel-networks-differ",
        place,
        message: `tunnels end at ${first.spec?.tunnel?.address} on host ${label(first.name)} and at ${other.spec?.tunnel?.address} on host ${label(other.name)}, which are not on one network`,
        help: "give both addresses of one network with the same prefix: switches reach each other without a router",
        related: related(first.name),
      });
    }
    seen.set(ipOf(other), other.name);
  }
}

function ipOf({ spec }: DraftHost): string {
  return spec?.tunnel?.address.split("/")[0] ?? "";
}

/** The network of a host's tunnel address, as `192.0.2.0/24`-like text. */
function networkOf({ spec }: DraftHost): string {
  const [ip = "", bits = "0"] = spec?.tunnel?.address.split("/") ?? [];
  const value = ip.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return `${Math.floor(value / 2 ** (32 - Number(bits)))}/${bits}`;
}

/** Each host whose NFs are on OVS has a switch of its own. */
function switchesHaveCores(draft: Draft, report: DiagnosticList): void {
  const { cores, coresComplete, hosts, datapath } = draft;
  if (cores === undefined || !coresComplete || datapath === undefined || draft.switch?.mode !== "container") return;
  const places = hostsOfNfs(cores);
  const needing = new Map<string, string>();
  const compared = typeof draft.compare === "object" ? draft.compare.datapaths : [];
  for (const { name, spec } of draft.chains ?? []) {
    const crossings = crossingsOf(spec?.path ?? [], places);
    for (const [index, own] of (spec?.hops ?? []).entries()) {
      const crossing = crossings.find((candidate) => candidate.index === index);
      const words = hopWords(name, spec?.path ?? [], index);
      const here = places.get(spec?.path[index] ?? "");
      const goes = own === undefined ? [datapath, ...compared] : [own];
      const local = here !== undefined && goes.some((carrier) => needsSwitch(draft, carrier, here)) ? [here] : [];
      const far = crossing === undefined || spec === undefined ? local : switchesBetween(draft, spec, crossing);
      for (const host of far) if (!needing.has(host)) needing.set(host, words);
    }
  }
  for (const { name } of hosts ?? []) {
    const listed = cores.find(({ host, owners }) => host === name && owners?.includes(SWITCH_OWNER));
    const words = needing.get(name);
    if (listed !== undefined && words === undefined) {
      report.warning({
        code: "switch-unused",
        place: { path: [...listed.path, listed.owners?.indexOf(SWITCH_OWNER) ?? 0] },
        message: `CPU ${label(listed.key)} of host ${label(name)} is given to the switch, but no hop goes through it`,
        help: "remove it",
      });
    }
    if (listed !== undefined || words === undefined || !cores.some(({ host }) => host === name)) continue;
    report.error({
      code: "switch-without-core",
      place: { path: ["cores", name], part: "key" },
      message: `${words} goes through OVS-DPDK on host ${label(name)}, but no CPU of it runs the switch`,
      help: `give the switch a CPU of its own there: "<cpu>: ${SWITCH_OWNER}"`,
    });
  }
}

function needsSwitch(draft: Draft, carrier: Datapath, host: string): boolean {
  return throughSwitch(carrier) || (carrier === "nic" && hasCardOnSwitch(draft, host));
}

function hasCardOnSwitch({ nics }: Draft, host: string): boolean {
  return nics.some(({ spec }) => spec?.attach === "switch" && spec.host === host);
}

/** The hosts at the two ends of a hop whose switches it goes through. */
function switchesBetween(draft: Draft, spec: ChainSpec, { index, out, in: into }: Crossing): readonly string[] {
  const kind = betweenKind(spec, index, draft.between ?? "vxlan");
  const ends = [out, into];
  return isTunnel(kind) ? ends : kind === "nic" ? ends.filter((host) => hasCardOnSwitch(draft, host)) : [];
}

/** What belongs to one host, and the file has no word for which. */
function noInterfaces({ macvlan, ipvlan }: Draft, report: DiagnosticList): void {
  const given: readonly (readonly [string, boolean, (string | number)[]])[] = [
    ["macvlan.parent", (macvlan?.parents.length ?? 0) > 0, ["macvlan", "parent"]],
    ["ipvlan.parent", (ipvlan?.parents.length ?? 0) > 0, ["ipvlan", "parent"]],
  ];
  for (const [what, isGiven, path] of given) {
    if (!isGiven) continue;
    report.error({
      code: "interface-of-no-host",
      place: { path, part: "key" },
      message: `${what} cannot say on which of several hosts it is`,
      help: "remove it, and the lab makes a veth pair for each hop within a host; a hop over a card of a host takes datapath nic and nics",
    });
  }
}
