import { Argument, type Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { type CommandNode, commandTree } from "../completion/tree.ts";
import { zshScript } from "../completion/zsh.ts";
import { examples } from "../help-examples.ts";
import { print, printJson } from "../terminal.ts";

const SCRIPTS: Readonly<Record<string, (program: CommandNode) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `corebed completion SHELL`: a script made from the program as it is, with all commands that were added before or after this one. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a script with which a shell completes commands, options and file names")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)))
    .option("--json", "print what can be completed as JSON")
    .addHelpText(
      "after",
      examples(
        ["source <(corebed completion bash)", "for this shell; in ~/.bashrc for all"],
        ["source <(corebed completion zsh)", "in ~/.zshrc, after compinit"],
        "corebed completion fish > ~/.config/fish/completions/corebed.fish",
      ),
    )
    .action((shell: string, options: { readonly json?: boolean }) => {
      const tree = commandTree(program);
      if (options.json === true) printJson(tree);
      else print((SCRIPTS[shell]?.(tree) ?? "").trimEnd());
    });
}
