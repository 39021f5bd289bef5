import type { Result } from "../measure/result.ts";

/**
 * The text of a result file: indented where people read, one line for each trial and lab. A trial's histograms and ledgers are thousands of numbers; a line
 * for each of those made a file four times as large and hid everything else.
 */
export function resultJson(result: Result): string {
  const { labs, arms, ...rest } = result;
  const head = Object.entries(rest).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const labLines = Object.entries(labs).map(([name, lab]) => `    ${JSON.stringify(name)}: ${JSON.stringify(lab)}`);
  const armTexts = arms.map(({ trials, ...arm }) => {
    const members = Object.entries(arm).map(([key, value]) => `      ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    const lines = trials.map((trial) => `        ${JSON.stringify(trial)}`);
    return `    {\n${[...members, `      "trials": ${listOf(lines, "      ", "[", "]")}`].join(",\n")}\n    }`;
  });
  const parts = [
    ...head,
    `  "labs": ${listOf(labLines, "  ", "{", "}")}`,
    `  "arms": ${listOf(armTexts, "  ", "[", "]")}`,
  ];
  return `{\n${parts.join(",\n")}\n}\n`;
}

function listOf(lines: readonly string[], indent: string, open: string, close: string): string {
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
