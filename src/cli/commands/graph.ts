import { type Command, Option } from "commander";
import { type Graph, graphOf } from "../../report/graph/graph.ts";
import { drawDot } from "../../report/graph/graph-dot.ts";
import { drawMermaid } from "../../report/graph/graph-mermaid.ts";
import { drawSvg } from "../../report/graph/graph-svg.ts";
import { drawText } from "../../report/graph/graph-text.ts";
import { CARRIERS, type Datapath } from "../../topology/topology.ts";
import { examples } from "../help-examples.ts";
import { loadTopology } from "../input.ts";
import { outputOf, print, printJson } from "../terminal.ts";

interface Options {
  readonly svg?: boolean;
  readonly mermaid?: boolean;
  readonly dot?: boolean;
  readonly datapath?: Datapath;
  readonly json?: boolean;
}

const KINDS = ["svg", "mermaid", "dot", "json"] as const;

/** `corebed graph FILE`: the affinity map and the chains as a drawing. It reads the file and nothing else: no host, no Docker, no rights. */
export function addGraph(program: Command): void {
  const command = program
    .command("graph")
    .description(
      "draw the affinity map and the chains of a topology, as text or as a picture; needs no root and no Docker",
    )
    .argument("<file>", "topology file, or - for standard input");
  const words: Readonly<Record<(typeof KINDS)[number], string>> = {
    svg: "print a picture, for light and dark pages",
    mermaid: "print a Mermaid flowchart, for Markdown",
    dot: "print it in the language of Graphviz",
    json: "print what there is to draw as JSON",
  };
  for (const kind of KINDS) {
    command.addOption(new Option(`--${kind}`, words[kind]).conflicts(KINDS.filter((other) => other !== kind)));
  }
  command
    .addOption(
      new Option("--datapath <datapath>", "draw it over this datapath instead of the file's").choices([...CARRIERS]),
    )
    .addHelpText(
      "after",
      examples(
        "corebed graph topologies/mixed-hops.yaml",
        "corebed graph topologies/two-chains.yaml --svg > two-chains.svg",
        "corebed graph lab.yaml --dot | dot -Tpng > lab.png",
      ),
    )
    .action(async (file: string, options: Options) => {
      const { topology } = await loadTopology(file, options.json === true);
      const graph = graphOf(topology, options);
      if (options.json === true) printJson(graph);
      else print(drawn(graph, options).trimEnd());
    });
}

function drawn(graph: Graph, { svg, mermaid, dot }: Options): string {
  if (svg === true) return drawSvg(graph);
  if (mermaid === true) return drawMermaid(graph);
  return dot === true ? drawDot(graph) : drawText(graph, outputOf(process.stdout));
}
