import type { Check } from "./checks.ts";

const COLOURS: Readonly<Record<Check["state"], string>> = { ok: "\x1b[32m", warning: "\x1b[33m", missing: "\x1b[31m" };
const RESET = "\x1b[0m";

/**
 * The checks as a table: state, label, what was found. Under what is not ok stand why it matters and the command that fixes it. Long commands go on behind a
 * backslash, so that they can be copied as they stand.
 */
export function formatChecks(
  checks: readonly Check[],
  options: { readonly color?: boolean; readonly width?: number } = {},
): string {
  const { color = false, width = 80 } = options;
  const stateWidth = "warning".length;
  const labelWidth = Math.max(...checks.map(({ label }) => label.length), 0);
  const foundColumn = stateWidth + labelWidth + 4;
  const lines = checks.flatMap((check) => {
    const state = check.state.padEnd(stateWidth);
    const head = `${color ? COLOURS[check.state] + state + RESET : state}  ${check.label.padEnd(labelWidth)}  `;
    const [first = "", ...rest] = wrap(check.found.split(" "), width - foundColumn);
    const notes = check.state === "ok" ? [] : notesOf(check, width - stateWidth - 2);
    return [
      head + first,
      ...rest.map((line) => " ".repeat(foundColumn) + line),
      ...notes.map((line) => " ".repeat(stateWidth + 2) + line),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function notesOf({ why, fix }: Check, width: number): readonly string[] {
  const reason = why === undefined ? [] : wrap(why.split(" "), width);
  if (fix === undefined) return reason;
  const [first = "", ...rest] = wrap(shellWords(fix), width - "fix: ".length, " \\");
  return [...reason, `fix: ${first}`, ...rest.map((line) => `     ${line}`)];
}

/** A command cut where a backslash may stand: at spaces outside quotes. */
function shellWords(command: string): readonly string[] {
  return command.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
}

/** Words into lines of at most `width`, each but the last with `joint` at its end. A word that is longer has a line of its own. */
function wrap(words: readonly string[], width: number, joint = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const [index, word] of words.entries()) {
    const last = index === words.length - 1;
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && longer.length + (last ? 0 : joint.length) > width) {
      lines.push(line + joint);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
