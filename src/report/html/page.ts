import { createHash } from "node:crypto";
import type { Result } from "../../measure/result.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { type Part, partsOf, summary } from "./result-section.ts";
import { SCRIPT } from "./script.ts";
import { sideBySide } from "./side-by-side.ts";
import { STYLE } from "./style.ts";

const KINDS: Readonly<Record<Result["kind"], string>> = {
  run: "run",
  compare: "comparison",
  sweep: "sweep",
  calibrate: "calibration",
};

/** One HTML file about one result or several: nothing is loaded, and all of it can be read without scripts. The same results give the same bytes. */
export function htmlReport(results: readonly Result[]): string {
  const [first, ...others] = results;
  if (first === undefined) throw new Error("internal: a report of nothing");
  return others.length === 0 ? onePage(first) : manyPage(results);
}

function onePage(result: Result): string {
  const parts = partsOf(result, "r1", "h3");
  const title = titleOf(result);
  const head = html`<h1>${title}</h1>
${summary(result)}
${contents(parts)}`;
  return page(
    title,
    head,
    parts.map(
      ({ id, title, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${body}</section>\n`,
    ),
    result.versions.corebed,
  );
}

function manyPage(results: readonly Result[]): string {
  const title = `${results.length} results`;
  const idOf = (index: number) => `r${index + 1}`;
  const sections = results.map((result, index) => {
    const id = idOf(index);
    const parts = partsOf(result, id, "h4");
    return html`<section aria-labelledby="${id}"><h2 id="${id}">${index + 1}. ${titleOf(result)}</h2>
${summary(result)}
${parts.map((part) => html`<h3 id="${part.id}">${part.title}</h3>\n${part.body}`)}</section>
`;
  });
  const links = results.map((result, index) => ({ id: idOf(index), title: `${index + 1}. ${titleOf(result)}` }));
  const head = html`<h1>${title}</h1>
${contents([{ id: "side-by-side", title: "Side by side" }, ...links])}`;
  const together = html`<section aria-labelledby="side-by-side"><h2 id="side-by-side">Side by side</h2>
${sideBySide(results, (index) => `#${idOf(index)}`)}</section>
`;
  return page(title, head, [together, ...sections], results[0]?.versions.corebed ?? "");
}

function titleOf({ topology, kind, simulated }: Result): string {
  return `${topology.name}: ${simulated ? "simulated " : ""}${KINDS[kind]}`;
}

function contents(parts: readonly Pick<Part, "id" | "title">[]): Markup {
  return html`<nav aria-label="On this page"><ul>${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>\n`)}</ul></nav>`;
}

function page(title: string, head: Markup, sections: readonly Markup[], version: string): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  // The page may do nothing but show itself: whatever text of a file got into it could load and run nothing.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="corebed ${version}">
<title>${title} - corebed</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
${head}
</header>
<main>
${sections}</main>
<footer>Made by corebed report. The result file has every figure in full.</footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`.markup;
}
