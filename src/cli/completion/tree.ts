import type { Argument, Command, Option } from "commander";
import { LAB_ROOT } from "../../lab/names.ts";

/** What a shell can offer in a place where a value is wanted. `none`: anything, so nothing is offered. */
export type Wanted =
  | { readonly kind: "none" | "file" | "directory" | "lab" | "lab-or-file" }
  | { readonly kind: "choices"; readonly choices: readonly string[] };

export interface OptionNode {
  /** `-y` and `--yes`, or only one of them. */
  readonly names: readonly string[];
  readonly description: string;
  /** The word that stands for its value in the help; undefined for a switch, and where the value may be left out. */
  readonly placeholder: string | undefined;
  readonly wanted: Wanted;
}

export interface ArgumentNode {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly wanted: Wanted;
}

/** A command as a shell needs to know it. `path` has the program first: `corebed images build`. */
export interface CommandNode {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly commands: readonly CommandNode[];
}

/** All commands, options and choices of a program, as its help shows them; so what completes can never be older than what is there. */
export function commandTree(command: Command, parents = ""): CommandNode {
  const help = command.createHelp();
  const path = `${parents}${command.name()}`;
  const commands = help.visibleCommands(command);
  const names = commands.map((sub) => sub.name()).filter((name) => name !== "help");
  return {
    path,
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionNode),
    arguments: command.registeredArguments.map((argument) => argumentNode(argument)),
    commands: commands.map((sub) => {
      const node = commandTree(sub, `${path} `);
      // Commander's own help command takes the name of another.
      return sub.name() === "help" ? { ...node, arguments: [helpArgument(names)] } : node;
    }),
  };
}

function helpArgument(choices: readonly string[]): ArgumentNode {
  return { name: "command", required: false, variadic: false, wanted: { kind: "choices", choices } };
}

function optionNode(option: Option): OptionNode {
  const placeholder = /<(.+?)>/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((name) => typeof name === "string"),
    description: option.description,
    placeholder: option.required ? (placeholder ?? "value") : undefined,
    wanted: wantedFor(placeholder ?? "", "", option.argChoices),
  };
}

function argumentNode(argument: Argument): ArgumentNode {
  return {
    name: argument.name(),
    required: argument.required,
    variadic: argument.variadic,
    wanted: wantedFor(argument.name(), argument.description, argument.argChoices),
  };
}

/** What a value is tells its name: `<file>`, `<result>`, `[directory]`, `<lab>`. */
function wantedFor(name: string, description: string, choices: readonly string[] | undefined): Wanted {
  if (choices !== undefined) return { kind: "choices", choices };
  if (/\b(?:directory|folder)\b/.test(name)) return { kind: "directory" };
  if (/\b(?:files?|results?|path|topology|baseline)\b/.test(name)) return { kind: "file" };
  if (name === "lab") return { kind: /\bfile\b/.test(description) ? "lab-or-file" : "lab" };
  return { kind: "none" };
}

/** A command and all those below it, the command itself first. */
export function flatten(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

/** Shell words that list the labs that are there, without quotes in them: each has a directory of its name. */
export const LIST_LABS = `ls ${LAB_ROOT} 2>/dev/null | grep -vF .json`;
