import { DATAPATHS, type Datapath } from "../../topology/topology.ts";
import { SERIES } from "../plot/palette.ts";
import { type Graph, type GraphChain, type GraphHop, graphSummary } from "./graph.ts";

/** A graph in the language of Graphviz: CPUs as clusters, hops as edges in the colour of their datapath. */
export function drawDot(graph: Graph): string {
  const ids = new Map(graph.chains.flatMap(({ nfs }) => nfs).map(({ name }, index) => [name, `nf${index}`] as const));
  const id = (nf: string) => ids.get(nf) ?? "nf";
  const nfs = new Map(graph.chains.flatMap((chain) => chain.nfs).map((nf) => [nf.name, nf]));
  const clusters = graph.cores.flatMap(({ cpu, hasSwitch, nfs: names }) => {
    const nodes = names.flatMap((name) => {
      const nf = nfs.get(name);
      return nf === undefined ? [] : [`    ${id(name)} [label=${quoted(`${name}\n${nf.kind}`)}];`];
    });
    const first = graph.switch?.cpus[0] === cpu && hasSwitch;
    const own = first ? [...nodes, `    switch [label=${quoted(switchText(graph))}, shape=box3d];`] : nodes;
    return own.length === 0
      ? []
      : [`  subgraph cluster_cpu${cpu} {`, `    label=${quoted(clusterText(graph, cpu, first))};`, ...own, "  }"];
  });
  const edges = graph.chains.flatMap((chain) =>
    chain.hops.flatMap((hop, index) => edgesOf(graph, chain, hop, index, id)),
  );
  return `${[
    `digraph ${quoted(graph.name)} {`,
    `  label=${quoted(`${graph.name}: ${graphSummary(graph)}`)};`,
    '  labelloc=t; rankdir=LR; fontname="sans-serif";',
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...clusters,
    ...edges,
    "}",
  ].join("\n")}\n`;
}

function clusterText(graph: Graph, cpu: number, hasSwitch: boolean): string {
  const cpus = hasSwitch ? (graph.switch?.cpus ?? [cpu]) : [cpu];
  return `CPU ${cpus.join(", ")}`;
}

function switchText({ switch: ovs }: Graph): string {
  return ovs === undefined ? "switch" : "switch\nOVS-DPDK";
}

function edgesOf(
  graph: Graph,
  chain: GraphChain,
  hop: GraphHop,
  index: number,
  id: (nf: string) => string,
): readonly string[] {
  const both = graph.bothWays ? ", dir=both" : "";
  const label = `${chain.name} ${index + 1}: ${hop.datapath}`;
  const edge = (
    from: string,
    to: string,
    parts: { readonly label?: string; readonly tail?: string; readonly head?: string },
  ) => {
    const texts = Object.entries({ label: parts.label, taillabel: parts.tail, headlabel: parts.head }).flatMap(
      ([name, text]) => (text === undefined ? [] : [`${name}=${quoted(text)}`]),
    );
    return `  ${from} -> ${to} [${texts.join(", ")}, color="${colourOf(hop.datapath)}"${both}];`;
  };
  const [tail, head] = [`p${hop.from.port}`, `p${hop.to.port}`];
  if (!hop.throughSwitch) return [edge(id(hop.from.nf), id(hop.to.nf), { label, tail, head })];
  return [
    edge(id(hop.from.nf), "switch", { label, tail }),
    edge("switch", id(hop.to.nf), { label: `${chain.name} ${index + 1}`, head }),
  ];
}

/** In double quotes, as the dot language reads them. */
function quoted(text: string): string {
  return `"${text
    .replace(/[^\P{Cc}\n]/gu, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")}"`;
}

/** The same colour as in the SVG. */
function colourOf(datapath: Datapath): string {
  return SERIES[DATAPATHS.indexOf(datapath) % SERIES.length]?.light ?? "#000000";
}
