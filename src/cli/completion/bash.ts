import { quoted } from "./quote.ts";
import { type CommandNode, flatten, LIST_LABS, type Wanted } from "./tree.ts";

/** A script for bash, of version 4 or newer; it needs nothing from the bash-completion package. */
export function bashScript(program: CommandNode): string {
  const nodes = flatten(program);
  const name = `_${program.name}`;
  return `# bash completion for ${program.name}. Load it with: source <(${program.name} completion bash)

${name}_words() {
  local IFS=$' \\t\\n'
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$2")
}

${name}_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -- "$2")
}

${name}() {
  local at=${quoted(program.name)} cur=\${COMP_WORDS[COMP_CWORD]} option='' place=0 word i
  COMPREPLY=()
  # bash takes --option=value and address:port apart into three words.
  [[ $cur == = ]] && cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == = ]] && continue
    [[ $word == : ]] && i=$((i + 1)) && continue
    [[ $word == -- ]] && return
    if [[ -n $option ]]; then
      option=''
      continue
    fi
    case "$at $word" in
${patterns(nodes.flatMap(valueOptions))}
        option=$word ;;
${patterns(nodes.flatMap(({ commands }) => commands.map(({ path }) => path)))}
        at="$at $word" ;;
      *" "-*) ;;
      *) place=$((place + 1)) ;;
    esac
  done
  if [[ -n $option ]]; then
    case "$at $option" in
${nodes.flatMap(optionCases).join("\n")}
    esac
    return
  fi
  if [[ $cur == -* ]]; then
    case "$at" in
${nodes.map((node) => branch([node.path], words(node.options.flatMap(({ names }) => names)))).join("\n")}
    esac
    return
  fi
  case "$at $place" in
${nodes.flatMap(placeCases).join("\n")}
  esac
}

complete -F ${name} ${program.name}
`;
}

/** Options whose value stands in the next word, each behind the path of its command. */
function valueOptions({ path, options }: CommandNode): readonly string[] {
  return options
    .filter(({ placeholder }) => placeholder !== undefined)
    .flatMap(({ names }) => names.map((name) => `${path} ${name}`));
}

function optionCases({ path, options }: CommandNode): readonly string[] {
  return options.flatMap(({ names, placeholder, wanted }) => {
    const action = actionOf(wanted);
    return placeholder === undefined || action === ""
      ? []
      : [
          branch(
            names.map((name) => `${path} ${name}`),
            action,
          ),
        ];
  });
}

/** What may stand in each place: names of commands, or the argument. */
function placeCases({ path, commands, arguments: args }: CommandNode): readonly string[] {
  if (commands.length > 0) return [branch([`${path} 0`], words(commands.map(({ name }) => name)))];
  return args.flatMap(({ wanted, variadic }, place) => {
    const action = actionOf(wanted);
    if (action === "") return [];
    return [variadic ? `      ${quoted(`${path} `)}*) ${action} ;;` : branch([`${path} ${place}`], action)];
  });
}

function actionOf(wanted: Wanted): string {
  switch (wanted.kind) {
    case "none":
      return "";
    case "file":
      return '_corebed_files -f "$cur"';
    case "directory":
      return '_corebed_files -d "$cur"';
    case "lab":
      return `_corebed_words "$(${LIST_LABS})" "$cur"`;
    case "lab-or-file":
      return `_corebed_words "$(${LIST_LABS})" "$cur"; _corebed_files -f "$cur"`;
    case "choices":
      return words(wanted.choices);
  }
}

const words = (list: readonly string[]) => `_corebed_words ${quoted(list.join(" "))} "$cur"`;

const branch = (keys: readonly string[], action: string) => `      ${keys.map(quoted).join(" | ")}) ${action} ;;`;

const patterns = (keys: readonly string[]) => `      ${keys.map(quoted).join(" | \\\n      ")})`;
