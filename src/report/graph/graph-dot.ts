import { SERIES } from "../plot/palette.ts";
import {
  GRAPH_CARRIERS,
  type Graph,
  type GraphCarrier,
  type GraphChain,
  type GraphHop,
  graphSummary,
  hostsOf,
  switchOf,
} from "./graph.ts";

/** A graph in the language of Graphviz: CPUs as clusters, hops as edges in the colour of their datapath. */
export function drawDot(graph: Graph): string {
  const ids = new Map(graph.chains.flatMap(({ nfs }) => nfs).map(({ name }, index) => [name, `nf${index}`] as const));
  const id = (nf: string) => ids.get(nf) ?? "nf";
  const nfs = new Map(graph.chains.flatMap((chain) => chain.nfs).map((nf) => [nf.name, nf]));
  const hosts = hostsOf(graph);
  const within = (host: string | undefined) => (host === undefined ? "" : `h${hosts.indexOf(host)}_`);
  const clusters = hosts.flatMap((host) => {
    const ovs = switchOf(graph, host);
    const cpus = graph.cores
      .filter((core) => core.host === host)
      .flatMap(({ cpu, hasSwitch, nfs: names }) => {
        const nodes = names.flatMap((name) => {
          const nf = nfs.get(name);
          return nf === undefined ? [] : [`  ${id(name)} [label=${quoted(`${name}\n${nf.kind}`)}];`];
        });
        const first = ovs?.cpus[0] === cpu && hasSwitch;
        const own = first ? [...nodes, `  ${within(host)}switch [label=${quoted(SWITCH_TEXT)}, shape=box3d];`] : nodes;
        const label = `  label=${quoted(`CPU ${(first ? ovs.cpus : [cpu]).join(", ")}`)};`;
        return own.length === 0 ? [] : [`subgraph cluster_${within(host)}cpu${cpu} {`, label, ...own, "}"];
      });
    if (host === undefined) return cpus;
    const label = `  label=${quoted(`host ${host}`)};`;
    return [`subgraph cluster_h${hosts.indexOf(host)} {`, label, ...cpus.map((line) => `  ${line}`), "}"];
  });
  const edges = graph.chains.flatMap((chain) =>
    chain.hops.flatMap((hop, index) => edgesOf(graph, chain, hop, index, { id, within })),
  );
  return `${[
    `digraph ${quoted(graph.name)} {`,
    `  label=${quoted(`${graph.name}: ${graphSummary(graph)}`)};`,
    '  labelloc=t; rankdir=LR; fontname="sans-serif";',
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...clusters.map((line) => `  ${line}`),
    ...edges,
    "}",
  ].join("\n")}\n`;
}

const SWITCH_TEXT = "switch\nOVS-DPDK";

function edgesOf(
  graph: Graph,
  chain: GraphChain,
  hop: GraphHop,
  index: number,
  names: { readonly id: (nf: string) => string; readonly within: (host: string | undefined) => string },
): readonly string[] {
  const { id, within } = names;
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
  const [near, far] = [chain.nfs[index]?.host, chain.nfs[index + 1]?.host].map((host) => `${within(host)}switch`);
  const place = `${chain.name} ${index + 1}`;
  return [
    edge(id(hop.from.nf), near ?? "", { label: hop.between === undefined ? label : place, tail }),
    ...(hop.between === undefined ? [] : [edge(near ?? "", far ?? "", { label })]),
    edge(far ?? "", id(hop.to.nf), { label: place, head }),
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
function colourOf(datapath: GraphCarrier): string {
  return SERIES[GRAPH_CARRIERS.indexOf(datapath) % SERIES.length]?.light ?? "#000000";
}
