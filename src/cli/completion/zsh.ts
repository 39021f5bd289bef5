import { quoted } from "./quote.ts";
import { type ArgumentNode, type CommandNode, flatten, LIST_LABS, type OptionNode, type Wanted } from "./tree.ts";

/** A script for zsh: as a file `_corebed` in a directory of `fpath`, or to be sourced. */
export function zshScript(program: CommandNode): string {
  const nodes = flatten(program);
  const start = functionName(program);
  return `#compdef ${program.name}
# zsh completion for ${program.name}. Load it with: source <(${program.name} completion zsh)

_${program.name}_labs() {
  local -a labs
  labs=(\${(f)"$(${LIST_LABS})"})
  compadd -a labs
}

_${program.name}_labs_or_files() {
  _${program.name}_labs
  _files
}

${nodes.map((node) => (node.commands.length > 0 ? groupFunction(node) : leafFunction(node))).join("\n\n")}

if [[ \${funcstack[1]} == ${start} ]]; then
  ${start} "$@"
elif (( \${+functions[compdef]} )); then
  compdef ${start} ${program.name}
fi
`;
}

const functionName = ({ path }: CommandNode) => `_${path.replace(/[^a-z]+/g, "_")}`;

function leafFunction(node: CommandNode): string {
  return `${functionName(node)}() {
  _arguments -s \\
${[...node.options.flatMap(optionSpecs), ...node.arguments.map(argumentSpec)].map((spec) => `    ${spec}`).join(" \\\n")}
}`;
}

function groupFunction(node: CommandNode): string {
  return `${functionName(node)}() {
  local curcontext=$curcontext state line
  local -A opt_args
  _arguments -C \\
${node.options
  .flatMap(optionSpecs)
  .map((spec) => `    ${spec} \\\n`)
  .join("")}    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command)
      local -a commands
      commands=(
${node.commands.map(({ name, description }) => `        ${quoted(`${name}:${description.replaceAll(":", "\\:")}`)}`).join("\n")}
      )
      _describe -t commands command commands
      ;;
    rest)
      case $words[1] in
${node.commands.map((sub) => `        ${sub.name}) ${functionName(sub)} ;;`).join("\n")}
      esac
      ;;
  esac
}`;
}

/** One for each name, each ruling the other out. */
function optionSpecs({ names, description, placeholder, wanted }: OptionNode): readonly string[] {
  const others = names.length > 1 ? `(${names.join(" ")})` : "";
  const text = description.replace(/[[\]:\\]/g, "\\$&");
  const value = placeholder === undefined ? "" : `:${placeholder.replaceAll(":", "\\:")}:${actionOf(wanted)}`;
  return names.map((name) =>
    quoted(`${others}${name}${placeholder !== undefined && name.startsWith("--") ? "=" : ""}[${text}]${value}`),
  );
}

function argumentSpec({ name, required, variadic, wanted }: ArgumentNode, index: number): string {
  const place = variadic ? "*" : String(index + 1);
  return quoted(`${place}:${required || variadic ? "" : ":"}${name}:${actionOf(wanted)}`);
}

function actionOf(wanted: Wanted): string {
  switch (wanted.kind) {
    case "none":
      return "";
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "lab":
      return "_corebed_labs";
    case "lab-or-file":
      return "_corebed_labs_or_files";
    case "choices":
      return `(${wanted.choices.join(" ")})`;
  }
}
