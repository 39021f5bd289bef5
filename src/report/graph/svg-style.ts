import { type Colour, GRID, INK, MUTED, PAPER, SERIES } from "../plot/palette.ts";
import { GRAPH_CARRIERS } from "./graph.ts";

const FONT = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';

/** Boxes of cores, of NFs, and of the switch. */
const CORE: Colour = { name: "g-core", light: "#eef2f7", dark: "#1f2733" };
const SWITCH: Colour = { name: "g-switch", light: "#dfeafa", dark: "#1c3350" };

const RULES = [
  "text{fill:var(--g-ink)}",
  `.g-title,.g-name,.g-small,.g-tiny,.g-chain{font-family:${FONT}}`,
  ".g-title{font-size:17px;font-weight:bold}",
  ".g-name{font-size:13px;font-weight:bold}",
  ".g-small,.g-chain{font-size:11px;fill:var(--g-muted)}",
  ".g-chain{font-style:italic;text-anchor:end}",
  ".g-tiny{font-size:10px;fill:var(--g-muted)}",
  ".g-middle{text-anchor:middle}",
  ".g-end{text-anchor:end}",
  ".g-paper{fill:var(--g-paper)}",
  ".g-core{fill:var(--g-core);stroke:var(--g-grid)}",
  ".g-switch{fill:var(--g-switch);stroke:var(--g-grid)}",
  ".g-nf{fill:var(--g-paper);stroke:var(--g-muted);stroke-width:1.2}",
  ".g-hop{fill:none;stroke:var(--g-line);stroke-width:2}",
  ".g-head,.g-port{fill:var(--g-line)}",
];

/** The style sheet of a graph: every colour twice, for light and for dark pages. */
export const GRAPH_STYLE = [
  `svg{${variables("light")}}`,
  `@media (prefers-color-scheme:dark){svg{${variables("dark")}}}`,
  ...RULES,
  ...GRAPH_CARRIERS.map((datapath, index) => `.g-${datapath}{--g-line:var(--g-${index + 1})}`),
].join("\n");

function variables(scheme: "light" | "dark"): string {
  const fixed = { ink: INK, muted: MUTED, grid: GRID, paper: PAPER, core: CORE, switch: SWITCH };
  return [
    `color-scheme:${scheme}`,
    ...Object.entries(fixed).map(([name, colour]) => `--g-${name}:${colour[scheme]}`),
    ...GRAPH_CARRIERS.map((_, index) => `--g-${index + 1}:${SERIES[index % SERIES.length]?.[scheme] ?? INK[scheme]}`),
  ].join(";");
}

const DASHES = [undefined, "7 4", "2 4", "10 3 2 3", "12 4", "4 2", "1 3", "8 2 2 2 2 2"];

/** Dashes of a datapath's lines, by its place among the datapaths: with them lines differ on grey paper too. */
export function dashesOf(index: number): string | undefined {
  return DASHES[index % DASHES.length];
}
