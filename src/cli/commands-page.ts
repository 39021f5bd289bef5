import type { Command } from "commander";

/** Columns of the help on the page; as on the narrowest usual terminal. */
const WIDTH = 80;

/** The reference of all commands in Markdown, from their help: docs/commands.md is this of the program as it is. */
export function commandsPage(program: Command): string {
  const commands = everyCommand(program).slice(1);
  const rows = commands.map(
    ({ path, command }) => `| [\`${path}\`](#${anchor(path)}) | ${cell(command.description())} |`,
  );
  return `${[
    "# Commands",
    "",
    `Made from \`${program.name()} --help\` by scripts/commands-page.ts; change the help, not this page.`,
    "",
    "| command | what it does |",
    "| --- | --- |",
    ...rows,
    "",
    ...section({ path: program.name(), command: program }),
    ...commands.flatMap(section),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

interface Named {
  readonly path: string;
  readonly command: Command;
}

/** A command and all below it, with the words that they are called by. */
export function everyCommand(command: Command, parents = ""): readonly Named[] {
  const path = `${parents}${command.name()}`;
  return [{ path, command }, ...command.commands.flatMap((sub) => everyCommand(sub, `${path} `))];
}

/** All of a command's help, what stands after the options included, as at this width and without colour. */
export function helpText(command: Command, width = WIDTH): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => width,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}

function section({ path, command }: Named): readonly string[] {
  return [`## ${path}`, "", "```text", helpText(command).trim(), "```", ""];
}

const anchor = (path: string) => path.replaceAll(" ", "-");

/** In a table an upright stroke would end the cell. */
const cell = (text: string) => text.replaceAll("|", "\\|");
