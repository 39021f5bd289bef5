import type { FlagCode } from "../../measure/flag.ts";
import { formatNumber, formatPercent, formatRate } from "../../measure/quantity.ts";
import type { Result } from "../../measure/result.ts";
import type { Trial } from "../../measure/trial.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";

/** Rows of one table; a search of bursts has hundreds of trials. */
const MOST_ROWS = 200;
/** Of the disturbed ones so many are there to be seen; on a busy machine it can be all of them. */
const SHOWN = 10;
const MICROSECOND_NS = 1000;

/** What says that something came between. Other flags are about the whole arm. */
const AGAINST: readonly FlagCode[] = ["incomplete", "nothing-sent", "unexplained-loss", "disturbed", "never-settled"];

/** The trials that something came between, with what it was; then all of them, to unfold. */
export function trials(result: Result): Markup {
  const all = result.arms.flatMap((arm) => arm.trials).toSorted((a, b) => a.index - b.index);
  const doubtful = all.filter(({ usable, flags }) => !usable || flags.some(({ code }) => AGAINST.includes(code)));
  return html`${doubtful.length === 0 ? html`<p>None of the ${all.length} trials was disturbed.</p>` : doubtfulTable(doubtful, all.length)}
<details><summary>Every trial</summary>
${dataTable({ label: "Every trial", columns: COLUMNS, rows: all.slice(0, MOST_ROWS).map(rowOf) })}${more(all.length)}</details>
`;
}

function doubtfulTable(doubtful: readonly Trial[], all: number): Markup {
  const rows = doubtful
    .slice(0, MOST_ROWS)
    .map((trial) => [
      String(trial.index + 1),
      trial.arm,
      formatRate(trial.throughputPps),
      trial.usable ? "in the figures" : "in no figure",
      reasons(trial),
    ]);
  const columns = [
    { header: "trial" },
    { header: "arm" },
    { header: "delivered", align: "right" as const },
    { header: "used" },
    { header: "why" },
  ];
  const table = (some: typeof rows) => dataTable({ label: "Disturbed trials", columns, rows: some });
  return html`<p>${doubtful.length} of ${all} trials ${doubtful.length === 1 ? "was" : "were"} disturbed or cannot be used.</p>
${table(rows.slice(0, SHOWN))}${
  rows.length > SHOWN &&
  html`<details><summary>${doubtful.length - SHOWN} more</summary>
${table(rows.slice(SHOWN))}${more(doubtful.length)}</details>`
}`;
}

function reasons({ flags, usable, repeatOf }: Trial): string {
  const messages = [...new Set(flags.map(({ message }) => message))];
  if (messages.length === 0 && !usable) return "it was repeated";
  return [...messages, ...(repeatOf === undefined ? [] : [`Repeats trial ${repeatOf + 1}.`])].join(" ");
}

const right = (header: string) => ({ header, align: "right" as const });
const COLUMNS = [
  { header: "trial" },
  { header: "arm" },
  { header: "purpose" },
  right("asked, Mpps"),
  right("delivered, Mpps"),
  right("loss, %"),
  right("p50, us"),
  right("p99, us"),
  { header: "used" },
  { header: "flags" },
];

function rowOf(trial: Trial): readonly string[] {
  const { latencyNs: latency } = trial;
  const us = (value: number | undefined) => (value === undefined ? "-" : formatNumber(value / MICROSECOND_NS));
  return [
    String(trial.index + 1),
    trial.arm,
    trial.purpose,
    trial.askedPps === undefined ? "max" : formatNumber(trial.askedPps / 1e6),
    formatNumber(trial.throughputPps / 1e6),
    formatPercent(trial.lossRatio).replace(" %", ""),
    us(latency?.p50),
    us(latency?.p99),
    trial.usable ? "yes" : "no",
    [...new Set(trial.flags.map(({ code }) => code))].join(", "),
  ];
}

function more(rows: number): Markup | false {
  return (
    rows > MOST_ROWS && html`<p class="muted">The first ${MOST_ROWS} of ${rows}; corebed report --csv has all.</p>`
  );
}
