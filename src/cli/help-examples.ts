/** A command line, and what it is for where that is not plain. */
export type Example = string | readonly [command: string, what: string];

/** Help is laid out for the narrowest usual terminal. */
const WIDTH = 80;

/** Examples for the end of a command's help: with what they are for beside them, or where that is too long for 80 columns, above them. */
export function examples(...list: readonly Example[]): string {
  const lines = list.map((example) => (typeof example === "string" ? ([example, ""] as const) : example));
  const widest = Math.max(...lines.map(([command, what]) => (what === "" ? 0 : command.length)));
  const fits = lines.every(([, what]) => widest + what.length + 5 <= WIDTH);
  const shown = lines.flatMap(([command, what]) => {
    if (what === "") return [`  ${command}`];
    return fits ? [`  ${command.padEnd(widest)}   ${what}`] : [`  # ${what}`, `  ${command}`];
  });
  return `\n${list.length === 1 ? "Example" : "Examples"}:\n${shown.join("\n")}`;
}
