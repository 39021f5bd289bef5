import type { Result } from "../../measure/result.ts";
import { armTable, ratioOf } from "../arm-table.ts";
import { chainTable } from "../chain-table.ts";
import { flagLines } from "../flag-lines.ts";
import { cautions, headline, SIMULATED, whereMeasured } from "../headline.ts";
import { outcomeLines } from "../outcome-lines.ts";
import { plotsOf } from "../plot/plots-of.ts";
import { comparisonSentence } from "../verdict-sentence.ts";
import { answer } from "./answer.ts";
import { arrivals } from "./arrivals.ts";
import { coreMaps } from "./core-maps.ts";
import { dataTable } from "./data-table.ts";
import { environment } from "./environment.ts";
import { explanations } from "./explanation.ts";
import { figure } from "./figure.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { packets } from "./packets.ts";
import { reproduce } from "./reproduce.ts";
import { trials } from "./trials.ts";

/** A part of a result's section: a heading that can be linked to, and what is under it. */
export interface Part {
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

/** What is to be known before any figure, and the answer. */
export function summary(result: Result): Markup {
  return html`${result.simulated && html`<p class="caution">${SIMULATED}</p>`}
${cautions(result).map((text) => html`<p class="caution error">${text}</p>`)}
<div class="lead">${answer(result).map((sentence) => html`<p>${sentence}</p>`)}</div>
<p class="muted">${headline(result)}.</p>
<p class="muted">${whereMeasured(result)}</p>
`;
}

/** All parts of a result that it has something for. `prefix` begins the ids; `heading` is the level under that of the parts. */
export function partsOf(result: Result, prefix: string, heading: "h3" | "h4"): readonly Part[] {
  const { arms } = result;
  const chains = chainTable(arms);
  const plots = plotsOf(result);
  const limits = explanations(result);
  const arrived = arrivals(arms);
  const parts: readonly (Part | undefined)[] = [
    {
      id: "figures",
      title: "Figures",
      body: html`${dataTable({ label: "Figures", ...armTable(arms) })}${chains && dataTable({ label: "Figures of each chain", ...chains })}${toKnow(result)}`,
    },
    listPart("expectations", "Expectations", expectationItems(result)),
    listPart("baseline", "Against the baseline", baselineItems(result)),
    listPart("found", "What was found", foundItems(result)),
    plots.length === 0
      ? undefined
      : { id: "plots", title: "Plots", body: plots.map((plot) => figure(plot, prefix, heading)) },
    { id: "cpus", title: "Which CPU ran what", body: coreMaps(result, prefix) },
    limits.length === 0 ? undefined : { id: "limits", title: "What limited the throughput", body: limits },
    { id: "packets", title: "Where the packets went", body: packets(arms) },
    arrived && { id: "arrived", title: "What the receiver saw", body: arrived },
    { id: "trials", title: "Disturbed trials", body: trials(result) },
    { id: "environment", title: "Environment", body: environment(result, heading) },
    { id: "again", title: "How to measure it again", body: reproduce(result) },
  ];
  return parts.filter((part) => part !== undefined).map((part) => ({ ...part, id: `${prefix}-${part.id}` }));
}

function listPart(id: string, title: string, items: readonly Markup[]): Part | undefined {
  if (items.length === 0) return undefined;
  return { id, title, body: html`<ul>${items.map((item) => html`<li>${item}</li>\n`)}</ul>` };
}

/** What the methods found, less what the answer says already. */
function foundItems(result: Result): readonly Markup[] {
  const said = answer(result);
  const { arms } = result;
  return arms.flatMap((arm) =>
    outcomeLines(arm)
      .filter((line) => arms.length > 1 || !said.some((sentence) => sentence.startsWith(line)))
      .map((line) => html`${arms.length > 1 && `${arm.name}: `}${line}`),
  );
}

function expectationItems({ expectations }: Result): readonly Markup[] {
  return expectations.map(
    ({ text, passed, detail }) =>
      html`<span class="${passed ? "pass" : "fail"}">${passed ? "pass" : "FAIL"}</span> <code>${text}</code>: ${detail}`,
  );
}

function baselineItems({ baseline }: Result): readonly Markup[] {
  if (baseline === undefined) return [];
  const other = `that of ${baseline.startedAt.slice(0, 16).replace("T", " ")}`;
  return [
    ...baseline.arms.map(
      ({ name, comparison }) => html`${comparisonSentence(comparison, ratioOf(comparison) ?? 0, name, other)}`,
    ),
    ...baseline.differences.map(({ sentence }) => html`${sentence}`),
  ];
}

function toKnow({ arms }: Result): Markup | false {
  const flags = flagLines(arms);
  return flags.length > 0 && html`<p>To know:</p><ul>${flags.map(({ text }) => html`<li>${text}</li>\n`)}</ul>`;
}
