import { baselineDifferences } from "../../measure/against-baseline.ts";
import { formatNumber, formatPercent } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";

const right = (header: string) => ({ header, align: "right" as const });

const COLUMNS = [
  { header: "arm" },
  { header: "result" },
  { header: "begun" },
  { header: "host" },
  right("Mpps"),
  right("ratio"),
  right("loss, %"),
  right("p50, us"),
  right("p99, us"),
];

/** The arms of all results in one table, those of one name together, and in what the results differ besides. */
export function sideBySide(results: readonly Result[], linkOf: (index: number) => string): Markup {
  const names = [...new Set(results.flatMap(({ arms }) => arms.map(({ name }) => name)))];
  const rows = names.flatMap((name) => rowsOf(name, results, linkOf));
  const [first, ...others] = results;
  const notes = first === undefined ? [] : others.flatMap((result, index) => differences(result, first, index + 2));
  return html`${dataTable({ label: "Side by side", columns: COLUMNS, rows })}
<p class="muted">Ratios are to the first result with the arm, of medians that were measured at different times: corebed compare --baseline says whether a difference is news or noise.</p>
${notes.length > 0 && html`<p>Besides, they differ:</p><ul>${notes.map((note) => html`<li>${note}</li>\n`)}</ul>`}`;
}

function rowsOf(
  name: string,
  results: readonly Result[],
  linkOf: (index: number) => string,
): readonly (readonly (string | Markup)[])[] {
  const found = results.flatMap((result, index) =>
    result.arms.filter((arm) => arm.name === name).map((arm) => ({ arm, result, index })),
  );
  const reference = found.find(({ arm }) => arm.throughputPps !== undefined)?.arm.throughputPps?.median;
  return found.map(({ arm, result, index }) => [
    name,
    html`<a href="${linkOf(index)}">${index + 1}. ${result.topology.name}</a>`,
    result.startedAt.slice(0, 16).replace("T", " "),
    result.simulated ? "simulated" : result.host.hostname,
    scaled(arm.throughputPps?.median, 1e-6),
    reference === undefined || reference === 0 ? "-" : scaled(arm.throughputPps?.median, 1 / reference),
    lossText(arm),
    scaled(arm.latencyNs?.p50.median, 1e-3),
    scaled(arm.latencyNs?.p99.median, 1e-3),
  ]);
}

function scaled(value: number | undefined, factor: number): string {
  return value === undefined ? "-" : formatNumber(value * factor);
}

function lossText({ lossRatio }: Arm): string {
  return lossRatio === undefined ? "-" : formatPercent(lossRatio.median).replace(" %", "");
}

function differences(result: Result, first: Result, number: number): readonly string[] {
  return baselineDifferences(result, first).differences.map(({ sentence }) => `1 and ${number}: ${sentence}`);
}
