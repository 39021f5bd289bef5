import { readFileSync } from "node:fs";
import type { HostFacts } from "../../../src/lab/host-facts.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { type Resolution, resolveLab } from "../../../src/lab/resolve.ts";
import { formatDiagnostics } from "../../../src/topology/code-frame.ts";
import type { SourceFile } from "../../../src/topology/diagnostic.ts";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import type { Datapath, Topology } from "../../../src/topology/topology.ts";
import { hostWith } from "./hosts.ts";

interface Parsed {
  readonly topology: Topology;
  readonly source: SourceFile;
}

/** A topology from its text, which must be right. */
export function parse(text: string, file = "lab.yaml"): Parsed {
  const result = parseTopology(new TextEncoder().encode(text), file);
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics, result.source, { color: false, width: 120 }));
  return result;
}

/** One of the examples in topologies/. */
export function example(name: string): string {
  return readFileSync(new URL(`../../../topologies/${name}`, import.meta.url), "utf8");
}

interface Options {
  readonly fold?: boolean;
  readonly datapath?: Datapath;
  readonly allowPrivileged?: boolean;
}

/** Virtual devices in place of network cards, as many as any chain here takes. */
const STAND_INS = `\nnics: { ${Array.from({ length: 2048 }, (_, i) => `card${i}: { device: af-packet }`).join(", ")} }\n`;

/** The file with cards for its hops, where these are to go over some that it does not name. */
function withCards(text: string, datapath: Datapath | undefined): string {
  return datapath === "nic" && !/^nics:/m.test(text) ? `${text}${STAND_INS}` : text;
}

export function resolve(text: string, facts: HostFacts, { fold = false, ...rest }: Options = {}): Resolution {
  const { topology, source } = parse(withCards(text, rest.datapath));
  return resolveLab(topology, source, facts, { fold, ...rest });
}

/** The lab of a topology that this host can do; a host with 64 CPUs and plenty of pages unless told. */
export function labOf(text: string, facts: HostFacts = hostWith(64), options: Options = {}): Lab {
  const result = resolve(text, facts, options);
  if (result.ok) return result.lab;
  throw new Error(result.diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
}

/** All diagnostics, errors or warnings, as a person sees them at 100 columns. */
export function diagnosticsText(text: string, facts: HostFacts, options: Options = {}): string {
  const result = resolve(text, facts, options);
  const list = result.ok ? result.warnings : result.diagnostics;
  return `${formatDiagnostics(list, parse(text).source, { color: false, width: 100 })}\n`;
}

/** A chain `gen, fwd1, ..., sink` of so many NFs, the switch on CPU 0 and the NFs on CPUs from 1 on, at most `cpus` of them. */
export function chainText(
  nfs: number,
  parts: { readonly name?: string; readonly cpus?: number; readonly top?: string } = {},
) {
  const path = nfNames(nfs);
  const { name = "chain", cpus = nfs, top = "" } = parts;
  const cores = Array.from({ length: Math.min(cpus, nfs) }, (_, i) => ({
    cpu: i + 1,
    owners: path.filter((_nf, position) => position % cpus === i),
  }));
  return [
    `name: ${name}`,
    "cores:",
    "  0: switch",
    ...cores.map(({ cpu, owners }) => `  ${cpu}: [${owners.join(", ")}]`),
    "nfs:",
    ...path.map(
      (nf, i) => `  ${nf}: { app: ${i === 0 ? "pktgen" : i === nfs - 1 ? "stats" : "l2fwd"}, memory: 16MiB }`,
    ),
    "chains:",
    `  main: [${path.join(", ")}]`,
    top,
  ].join("\n");
}

function nfNames(nfs: number): readonly string[] {
  return Array.from({ length: nfs }, (_, i) => (i === 0 ? "gen" : i === nfs - 1 ? "sink" : `fwd${i}`));
}
