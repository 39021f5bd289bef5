import { betweenKind, type Crossing, crossingsOf, hostsOfNfs, isTunnel } from "../topology/crossing.ts";
import type { Diagnostic, KeyPath, SourceFile } from "../topology/diagnostic.ts";
import type { HostSpec, Topology } from "../topology/topology.ts";
import { portSubnets } from "./addresses.ts";
import { labHops } from "./hops.ts";
import type { HostFacts, HostsFacts } from "./host-facts.ts";
import type { LabBetween, LabPart, TunnelBetween, TunnelEnd } from "./lab.ts";
import { hopOnHost } from "./nic.ts";
import { labName, type Resolution, type ResolveOptions, resolvePart } from "./resolve.ts";
import { sharedNetworkDiagnostics } from "./shared-network-rules.ts";
import { stablePlaces } from "./stable-places.ts";
import { PORT_NUMBERS } from "./switch.ts";
import { labUplink } from "./tunnel.ts";
import { positionOf, wholeLab } from "./whole-lab.ts";

/** As many as VXLAN and Geneve have identifiers, but for 0. */
const TUNNEL_KEYS = 2 ** 24 - 1;

/**
 * Resolves a topology with several hosts: each part against the facts of its host, what the parts share once. What any of the hosts lacks is told at once.
 *
 * @param facts by the name of the host; all of the topology's
 */
export function resolveSpread(
  topology: Topology,
  source: SourceFile,
  facts: HostsFacts,
  options: ResolveOptions,
): Resolution {
  const name = labName(topology, options);
  const datapath = options.datapath ?? topology.datapath;
  const places = hostsOfNfs(topology.cores);
  const factsOf = (host: string | undefined): HostFacts => {
    const found = facts.get(host ?? "");
    if (found === undefined) throw new Error(`internal: no facts of host ${host}`);
    return found;
  };
  const between = waysOf(topology, name, places, (host) => factsOf(host).docker.swarm?.manager === true);
  const hops = labHops({
    topology,
    lab: name,
    datapath,
    factsOf: (nf) => factsOf(places.get(nf)),
    hostOf: (nf) => places.get(nf),
    betweenOf: (chain, index) => between.get(`${chain}-${index}`),
  });
  const subnets = portSubnets(hops);
  const placed = topology.hosts.map(({ name: host, address }) => ({
    name: host,
    address,
    hostname: factsOf(host).hostname,
  }));
  const resolved = topology.hosts.map((host) => {
    const here = hops.filter(({ from, to }) => places.get(from.nf) === host.name || places.get(to.nf) === host.name);
    const leaves = here.some(({ between: way }) => way !== undefined && isTunnel(way.kind));
    const uplink =
      leaves && host.tunnel !== undefined
        ? labUplink(name, host.name, host.tunnel.interface, host.tunnel.address)
        : undefined;
    const resolution = resolvePart({
      topology: partOf(topology, host),
      source: sourceOfHost(source, host.name),
      facts: factsOf(host.name),
      options,
      name,
      datapath,
      hops: here.map((hop) => hopOnHost(hop, host.name)),
      place: {
        host: host.name,
        hosts: placed,
        ...(uplink !== undefined && { uplink: { parent: uplink.parent, address: uplink.address.replace(/\/.*/, "") } }),
      },
      subnets: (hop, _position, port) => subnets(hop, positionOf(hop, hops), port),
      ...(uplink !== undefined && { uplink }),
    });
    return { host, resolution };
  });
  const problems = [
    ...resolved.flatMap(({ resolution }) => (resolution.ok ? [] : resolution.diagnostics)),
    ...sharedNetworkDiagnostics(topology, source, facts, hops),
  ];
  if (problems.length > 0) return { ok: false, diagnostics: distinct(problems) };
  const labs = resolved.flatMap(({ host, resolution }) => (resolution.ok ? [{ host, lab: resolution.lab }] : []));
  const parts = numbered(labs.map(({ host, lab }) => ({ host: host.name, address: host.address, lab })));
  const warnings = resolved.flatMap(({ resolution }) => (resolution.ok ? resolution.warnings : []));
  return {
    ok: true,
    lab: wholeLab(topology, hops, parts),
    warnings: distinct(warnings),
  };
}

/** What one host has of a topology. */
function partOf(topology: Topology, { name }: HostSpec): Topology {
  const cores = topology.cores.filter(({ host }) => host === name);
  const owners = new Set(cores.flatMap((core) => core.owners));
  return {
    ...topology,
    cores,
    nfs: topology.nfs.filter((nf) => owners.has(nf.name)),
    nics: topology.nics.filter(({ host }) => host === name),
  };
}

/** Where a part's CPUs and its tunnel stand in the file. */
function sourceOfHost(source: SourceFile, host: string): SourceFile {
  const placed = (path: KeyPath): KeyPath => {
    const [section, ...rest] = path;
    if (section === "cores") return ["cores", host, ...rest];
    return section === "tunnel" ? ["hosts", host, ...path] : path;
  };
  return { ...source, locate: (path, part) => source.locate(placed(path), part) };
}

/** How each hop goes that leads from host to host, by `chain-index`. */
function waysOf(
  topology: Topology,
  lab: string,
  places: ReadonlyMap<string, string>,
  isManager: (host: string) => boolean,
): ReadonlyMap<string, LabBetween> {
  const crossing = topology.chains.flatMap((chain) =>
    crossingsOf(chain.path, places).map((way) => ({
      way,
      kind: betweenKind(chain, way.index, topology.between),
      thing: `${chain.name}-${way.index}`,
    })),
  );
  const keys = stablePlaces(
    crossing.filter(({ kind }) => isTunnel(kind)).map(({ thing }) => `${lab}/${thing}`),
    TUNNEL_KEYS,
  );
  return new Map(
    crossing.map(({ kind, way, thing }): readonly [string, LabBetween] => {
      const ends = { out: { host: way.out }, in: { host: way.in } };
      if (kind === "nic") return [thing, { kind, ...ends }];
      if (kind === "overlay") {
        const maker = !isManager(way.out) && isManager(way.in) ? way.in : way.out;
        return [thing, { kind, ...ends, maker }];
      }
      return [thing, { kind, key: (keys.get(`${lab}/${thing}`) ?? 0) + 1, ...endsOf(topology, way) }];
    }),
  );
}

function endsOf({ hosts }: Topology, way: Crossing): Pick<TunnelBetween, "out" | "in"> {
  const end = (host: string): TunnelEnd => ({
    host,
    address: hosts.find(({ name }) => name === host)?.tunnel?.address.replace(/\/.*/, "") ?? "",
  });
  return { out: end(way.out), in: end(way.in) };
}

/** The parts with numbers of OpenFlow that no two ports have, on whatever host: counters of all hosts are told apart by them. */
function numbered(parts: readonly LabPart[]): readonly LabPart[] {
  const keyOf = (host: string, port: { readonly name: string; readonly tunnel?: unknown }): string =>
    port.tunnel === undefined ? port.name : `${port.name} ${host}`;
  const places = stablePlaces(
    parts.flatMap(({ host, lab }) => (lab.switch?.ports ?? []).map((port) => keyOf(host, port))),
    PORT_NUMBERS,
  );
  return parts.map((part): LabPart => {
    const sw = part.lab.switch;
    if (sw === undefined) return part;
    const numbers = new Map(sw.ports.map((port) => [port.ofport, (places.get(keyOf(part.host, port)) ?? 0) + 1]));
    const renumbered = (ofport: number): number => numbers.get(ofport) ?? ofport;
    const ports = sw.ports.map((port) => ({
      ...port,
      ofport: renumbered(port.ofport),
      outputTo: renumbered(port.outputTo),
    }));
    return { ...part, lab: { ...part.lab, switch: { ...sw, ports } } };
  });
}

function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}
