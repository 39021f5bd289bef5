import { type Explanation, explain } from "../../measure/explain/explain.ts";
import type { Result } from "../../measure/result.ts";
import { labOf } from "./lab-of.ts";
import { html, type Markup } from "./markup.ts";

/** What limited each arm, with what to try; empty where the result carries no labs. */
export function explanations(result: Result): readonly Markup[] {
  return result.arms.flatMap(({ name, lab: labName, trials }) => {
    const lab = labOf(result, labName);
    return lab === undefined ? [] : [sectionOf(name, explain(lab, trials))];
  });
}

function sectionOf(name: string, { limit, others, figures }: Explanation): Markup {
  return html`<p><strong>${name}</strong>: ${limit.sentence}</p>
<dl><dt>Where</dt><dd>${limit.where}</dd><dt>Try</dt><dd>${limit.tryThis}</dd>${figures.length > 0 && html`<dt>Seen</dt>${figures.map((figure) => html`<dd>${figure}</dd>`)}`}${others.length > 0 && html`<dt>Also</dt>${others.map(({ sentence }) => html`<dd>${sentence}</dd>`)}`}</dl>
`;
}
