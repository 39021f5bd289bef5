import { SERIES } from "../plot/palette.ts";
import { GRAPH_CARRIERS, type Graph, type GraphHop, graphSummary, hostsOf, switchOf } from "./graph.ts";

interface Edge {
  readonly text: string;
  readonly hop: GraphHop;
}

/** A graph in the language of Mermaid, which Git forges draw in Markdown: CPUs as subgraphs, hops as links in the colour of their datapath. */
export function drawMermaid(graph: Graph): string {
  const started = [...new Map(graph.chains.flatMap(({ nfs }) => nfs).map((nf) => [nf.name, nf])).values()];
  // Names of NFs may be words of the language, such as end.
  const id = (name: string) => `nf${started.findIndex((nf) => nf.name === name)}`;
  const hosts = hostsOf(graph);
  const within = (host: string | undefined) => (host === undefined ? "" : `h${hosts.indexOf(host)}`);
  const parts = hosts.flatMap((host) => {
    const cpus = graph.cores
      .filter((core) => core.host === host)
      .flatMap(({ cpu, nfs }) => {
        const nodes = started
          .filter((nf) => nfs.includes(nf.name))
          .map(({ name, kind }) => `  ${id(name)}[${quoted(`${name}\n${kind}`)}]`);
        return nodes.length === 0
          ? []
          : [`subgraph ${within(host)}cpu${cpu} [${quoted(`CPU ${cpu}`)}]`, ...nodes, "end"];
      });
    const ovs = switchOf(graph, host);
    const own = [
      ...cpus,
      ...(ovs === undefined
        ? []
        : [`${within(host)}switch[[${quoted(`switch, CPU ${ovs.cpus.join(", ")}\nOVS-DPDK`)}]]`]),
    ];
    if (host === undefined) return own;
    return [`subgraph ${within(host)} [${quoted(`host ${host}`)}]`, ...own.map((line) => `  ${line}`), "end"];
  });
  const edges = edgesOf(graph, id, within);
  return `${[
    "flowchart LR",
    `  accTitle: ${plain(`${graph.name}: ${graphSummary(graph)}`)}`,
    ...parts.map((line) => `  ${line}`),
    ...edges.map(({ text }) => `  ${text}`),
    ...linkStyles(edges),
  ].join("\n")}\n`;
}

function edgesOf(
  graph: Graph,
  id: (name: string) => string,
  within: (host: string | undefined) => string,
): readonly Edge[] {
  const line = graph.bothWays ? "<-->" : "-->";
  return graph.chains.flatMap((chain) =>
    chain.hops.flatMap((hop, index): readonly Edge[] => {
      const place = `${chain.name} ${index + 1}`;
      const [from, to] = [id(hop.from.nf), id(hop.to.nf)];
      const carrier = hop.between === undefined ? `: ${hop.datapath}` : "";
      const label = (ports: string) => `|${quoted(`${place}${carrier}\n${ports}`)}|`;
      if (!hop.throughSwitch)
        return [{ hop, text: `${from} ${line}${label(`p${hop.from.port} to p${hop.to.port}`)} ${to}` }];
      const [near, far] = [chain.nfs[index]?.host, chain.nfs[index + 1]?.host].map((host) => `${within(host)}switch`);
      const tunnel = `${near} ${line}|${quoted(`${place}: ${hop.datapath}`)}| ${far}`;
      return [
        { hop, text: `${from} ${line}${label(`from p${hop.from.port}`)} ${near}` },
        ...(hop.between === undefined ? [] : [{ hop, text: tunnel }]),
        { hop, text: `${far} ${line}${label(`to p${hop.to.port}`)} ${to}` },
      ];
    }),
  );
}

/** One line for each datapath, with the places of its links in the text. */
function linkStyles(edges: readonly Edge[]): readonly string[] {
  const datapaths = [...new Set(edges.map(({ hop }) => hop.datapath))];
  return datapaths.map((datapath) => {
    const places = edges.flatMap(({ hop }, index) => (hop.datapath === datapath ? [index] : []));
    const colour = SERIES[GRAPH_CARRIERS.indexOf(datapath) % SERIES.length]?.light ?? "#000000";
    return `  linkStyle ${places.join(",")} stroke:${colour},stroke-width:2px`;
  });
}

/** In double quotes, as Mermaid reads them: what it could take for markup goes in as a character code. */
function quoted(text: string): string {
  return `"${text.split("\n").map(coded).join("<br/>")}"`;
}

function coded(text: string): string {
  return text
    .replace(/\p{Cc}/gu, " ")
    .replace(/[^\p{L}\p{N} .,:/_-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`);
}

/** A title stands for itself up to the end of the line. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").replaceAll(";", ",");
}
