import type { Result } from "../measure/result.ts";
import { armTable } from "./arm-table.ts";
import { chainTable } from "./chain-table.ts";
import { flagLines } from "./flag-lines.ts";
import { cautions, headline, SIMULATED, whereMeasured } from "./headline.ts";
import { limitLines } from "./limit-lines.ts";
import { outcomeLines } from "./outcome-lines.ts";
import { packetLines } from "./packet-lines.ts";
import type { Column } from "./table.ts";
import { clean } from "./text.ts";
import { verdictSentence } from "./verdict-sentence.ts";

type Blocks = readonly string[];

/** A result as GitHub-flavoured Markdown, small enough for a comment or a job summary; ends with a line feed. */
export function formatMarkdown(result: Result): string {
  const { arms, expectations } = result;
  const [first, ...others] = arms;
  const chains = chainTable(arms);
  const blocks: Blocks = [
    ...(result.simulated ? [`> **${SIMULATED}**`] : []),
    `### ${escaped(headline(result))}`,
    ...cautions(result).map((text) => `> **${escaped(text)}**`),
    pipeTable(armTable(arms)),
    ...(chains ? [pipeTable(chains)] : []),
    ...bullets(
      arms.flatMap((arm) =>
        [...outcomeLines(arm), ...limitLines(arm)].map((line) =>
          escaped(arms.length > 1 ? `${arm.name}: ${line}` : line),
        ),
      ),
    ),
    ...(first && result.kind !== "sweep" ? others.map((arm) => escaped(verdictSentence(arm, first))) : []),
    ...bullets(
      expectations.map(
        ({ text, passed, detail }) => `${passed ? "pass" : "**FAIL**"} ${code(text)}: ${escaped(detail)}`,
      ),
    ),
    ...bullets(flagLines(arms).map(({ text }) => escaped(text))),
    ...bullets(
      arms.map((arm) => {
        const { summary, places } = packetLines(arm);
        const lines = places.map(({ packets, text }) => `\n  - ${packets} ${escaped(text)}`);
        return `${escaped(arm.name)}: ${escaped(summary)}${lines.join("")}`;
      }),
    ),
    `<sub>${escaped(whereMeasured(result))}</sub>`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** A table as Markdown writes it. */
export function pipeTable(table: { readonly columns: readonly Column[]; readonly rows: readonly Blocks[] }): string {
  const row = (cells: Blocks) => `| ${cells.join(" | ")} |`;
  return [
    row(table.columns.map((column) => column.header)),
    row(table.columns.map((column) => (column.align === "right" ? "---:" : "---"))),
    ...table.rows.map((cells) => row(cells.map(escaped))),
  ].join("\n");
}

function bullets(items: Blocks): Blocks {
  return items.length === 0 ? [] : [items.map((item) => `- ${item}`).join("\n")];
}

/** Text that Markdown shows as it is. */
function escaped(text: string): string {
  return clean(text, { unicode: true })
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;");
}

/** Code in backticks: a fence one longer than any run of them inside. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0
    ? `${fence}${clean(text, { unicode: true })}${fence}`
    : `${fence} ${clean(text, { unicode: true })} ${fence}`;
}
