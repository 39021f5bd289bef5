import type { Diagnostic, KeyPath, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";
import type { HostFacts, HostsFacts, SwarmFacts } from "./host-facts.ts";
import type { LabHop } from "./lab.ts";
import { error } from "./rules.ts";
import { tunnelMtuProblem } from "./uplink-rules.ts";

type Words = Pick<Diagnostic, "code" | "message" | "help">;

/** What keeps hops between hosts from Docker's overlay network: the engines are in no swarm, or not in the same one. corebed makes no engine a part of a swarm, which outlives a lab. */
export function sharedNetworkDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostsFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  return hops.flatMap(({ chain, index, between, from, to }) => {
    if (between?.kind !== "overlay") return [];
    const ends = [between.out.host, between.in.host].map((name) => ({ name, facts: facts.get(name) }));
    const [out, into] = ends;
    if (out?.facts === undefined || into?.facts === undefined) return [];
    const hop = `the hop from ${from.nf} to ${to.nf} of chain ${chain}`;
    const words =
      swarmWords(hop, { name: out.name, facts: out.facts }, { name: into.name, facts: into.facts }) ??
      mtuWords([out.facts, into.facts], topology);
    return words === undefined ? [] : [error(source, placeOf(topology, chain, index), words.code, words)];
  });
}

/** Where the file says that the hop goes over it. */
function placeOf({ chains }: Topology, chain: string, index: number): KeyPath {
  const own = chains.find(({ name }) => name === chain)?.hops[index];
  return own === "overlay" ? ["chains", chain] : ["between"];
}

interface End {
  readonly name: string;
  readonly facts: HostFacts;
}

function swarmWords(hop: string, a: End, b: End): Words | undefined {
  const [ofA, ofB] = [a.facts.docker.swarm, b.facts.docker.swarm];
  if (ofA === undefined || ofB === undefined) return undefined;
  const needs = `${hop} goes over Docker's overlay network, and`;
  const [manager, other] = ofB.manager && !ofA.manager ? [b, a] : [a, b];
  const outside = [a, b].filter(({ facts }) => facts.docker.swarm?.state !== "active");
  if (outside.length > 0) {
    const states = outside.map(
      ({ name, facts }) => `on host ${name} Docker's swarm mode is ${facts.docker.swarm?.state}`,
    );
    return {
      code: "no-swarm",
      message: `${needs} ${states.join(" and ")}`,
      help: `${outside.length === 1 && manager.facts.docker.swarm?.manager === true ? "" : initHelp(manager, other)}${joinHelp(manager, other)}`,
    };
  }
  if (!isSameSwarm(ofA, ofB)) {
    return {
      code: "swarms-differ",
      message: `${needs} hosts ${a.name} and ${b.name} are in two swarms`,
      help: `on ${other.name}: docker swarm leave --force, if nothing else needs that swarm; then ${joinHelp(manager, other)}`,
    };
  }
  if (ofA.manager || ofB.manager) return undefined;
  return {
    code: "swarm-without-manager",
    message: `${needs} neither host ${a.name} nor host ${b.name} is a manager of their swarm: workers make no networks`,
    help: `on a manager: docker node promote ${a.facts.hostname}`,
  };
}

/** Engines older than these facts do not tell; then that both are in one is taken on trust. */
function isSameSwarm(a: SwarmFacts, b: SwarmFacts): boolean {
  if (a.managers === undefined || b.managers === undefined) return true;
  return a.managers.some((id) => b.managers?.includes(id) === true);
}

function initHelp({ name }: End, other: End): string {
  return `on ${name}: docker swarm init --advertise-addr ADDRESS, an address of ${name} on a network that leads to ${other.name}; then `;
}

function joinHelp({ name, facts }: End, other: End): string {
  const address = facts.docker.swarm?.address ?? "ADDRESS";
  return `on ${other.name}: docker swarm join --token TOKEN ${address}:2377, with the token that  docker swarm join-token -q worker  prints on ${name}`;
}

/** The interface that an engine's packets of the swarm leave by; unless `--data-path-addr` says another, which an engine does not tell. */
function mtuWords(hosts: readonly HostFacts[], { traffic }: Topology): Words | undefined {
  for (const { docker, interfaces, hostname } of hosts) {
    const address = docker.swarm?.address;
    const found = interfaces?.find(({ addresses }) => address !== undefined && addresses?.includes(address) === true);
    const words = found && tunnelMtuProblem(found.name, hostname, traffic, found.mtuBytes);
    if (words !== undefined) return words;
  }
  return undefined;
}
