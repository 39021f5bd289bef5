import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addCompletion } from "../../../src/cli/commands/completion.ts";
import { addGraph } from "../../../src/cli/commands/graph.ts";
import { commandsPage, everyCommand, helpText } from "../../../src/cli/commands-page.ts";
import { examples } from "../../../src/cli/help-examples.ts";
import { makeProgram } from "../../../src/cli/main.ts";

const program = makeProgram();
for (const [name, add] of [
  ["graph", addGraph],
  ["completion", addCompletion],
] as const) {
  if (!program.commands.some((command) => command.name() === name)) add(program);
}
const all = everyCommand(program).map((named) => ({ ...named, text: helpText(named.command) }));

describe.each(all.map((help) => [help.path, help] as const))("%s --help", (_path, { path, text, command }) => {
  test("keeps to 80 columns, in plain ASCII", () => {
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^[ -~\n]+$/);
  });

  test("shows an example that is one of this command", () => {
    const shown = /^Examples?:\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? "";
    expect(shown).toContain(path);
  });

  test("the examples use only options that there are", () => {
    const shown = (/^Examples?:\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? "")
      .split("\n")
      .filter((line) => line.includes(path));
    const own =
      command === program
        ? []
        : shown.flatMap(
            (line) =>
              line
                .split(" -- ")[0]
                ?.split(/[>|]/)[0]
                ?.match(/ --[a-z-]+/g) ?? [],
          );
    const known = command
      .createHelp()
      .visibleOptions(command)
      .map(({ long }) => long);
    expect(own.map((option) => option.trim()).filter((option) => !known.includes(option))).toEqual([]);
  });
});

describe("examples", () => {
  test("stand beside what they are for", () => {
    expect(examples(["corebed a", "one"], ["corebed bcd", "two"], "corebed e")).toBe(
      "\nExamples:\n  corebed a     one\n  corebed bcd   two\n  corebed e",
    );
  });

  test("or below it, where a line would be too long", () => {
    const what = "x".repeat(70);
    expect(examples(["corebed a", what], ["corebed b", "y"])).toBe(
      `\nExamples:\n  # ${what}\n  corebed a\n  # y\n  corebed b`,
    );
  });
});

test("docs/commands.md is the help as it is (else: node scripts/commands-page.ts)", () => {
  const page = readFileSync(new URL("../../../docs/commands.md", import.meta.url), "utf8");
  expect(page).toBe(commandsPage(makeProgram()));
});
