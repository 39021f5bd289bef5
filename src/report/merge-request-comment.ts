import type { Result } from "../measure/result.ts";
import { formatMarkdown } from "./format-markdown.ts";
import { clean } from "./text.ts";

/** GitHub takes comments of 65,536 characters; what does not fit is in the artefacts. */
const LONGEST_DETAILS = 60_000;

/** What a run of `corebed ci` came to, for people. */
export interface CiVerdict {
  readonly passed: boolean;
  /** The topology's name, or its file where it has none that can be read. */
  readonly name: string;
  /** One line: `failed: 1 of 2 expectations is broken`. */
  readonly sentence: string;
  /** What the user has to know of a failure besides the figures; may have several lines. */
  readonly problem: string | undefined;
}

/** The heading of a summary, with the figures below it. Ends with a line feed. */
export function formatCiSummary(verdict: CiVerdict, result: Result | undefined): string {
  const blocks = [`## corebed ci: ${text(verdict.name)} ${text(verdict.sentence)}`, ...problemBlocks(verdict)];
  return `${blocks.join("\n\n")}\n\n${result === undefined ? "" : formatMarkdown(result)}`;
}

/**
 * The text of a comment on a merge request. It begins with a mark that no reader sees, by which a script finds the comment of an earlier run, to put this one
 * in its place.
 */
export function formatCiComment(verdict: CiVerdict, result: Result | undefined): string {
  const broken = result?.expectations.filter(({ passed }) => !passed) ?? [];
  const details = result === undefined ? "" : formatMarkdown(result);
  const blocks = [
    `<!-- corebed-ci ${verdict.name.replace(/[^\w.-]/g, "_").replace(/--+/g, "-")} -->`,
    `**corebed ci: ${text(verdict.name)} ${text(verdict.sentence)}**`,
    ...problemBlocks(verdict),
    ...(broken.length === 0
      ? []
      : [broken.map(({ text: line, detail }) => `- ${text(line)}: ${text(detail)}`).join("\n")]),
    ...(details === ""
      ? []
      : details.length > LONGEST_DETAILS
        ? ["The figures are too many for a comment; they are in summary.md."]
        : [`<details><summary>All figures</summary>\n\n${details.trimEnd()}\n\n</details>`]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function problemBlocks({ problem }: CiVerdict): readonly string[] {
  if (problem === undefined) return [];
  // Indented code shows whatever is in it as it is.
  return [
    problem
      .split("\n")
      .map((line) => `    ${clean(line, { unicode: true })}`)
      .join("\n"),
  ];
}

/** Text that Markdown shows as it is. */
function text(value: string): string {
  return clean(value, { unicode: true })
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;");
}
