import { fishQuoted as quoted } from "./quote.ts";
import { type CommandNode, flatten, LIST_LABS, type OptionNode, type Wanted } from "./tree.ts";

/** A script for fish, for a file corebed.fish in its directory of completions. */
export function fishScript(program: CommandNode): string {
  const nodes = flatten(program);
  const name = `__${program.name}`;
  return `# fish completion for ${program.name}. Load it with: ${program.name} completion fish | source

# Which command the line is in, and how many arguments it has so far.
function ${name}_place
    set -l at ${quoted(program.name)}
    set -l place 0
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            set option
            continue
        end
        switch "$at $word"
            case ${nodes.flatMap(valueOptions).map(quoted).join(" ")}
                set option $word
            case ${nodes.flatMap(({ commands }) => commands.map(({ path }) => quoted(path))).join(" ")}
                set at "$at $word"
            case '* -*'
            case '*'
                set place (math $place + 1)
        end
    end
    printf '%s\\n' $at $place
end

# Whether the line is in a command, and if a number is given at that argument of it, or with "on" at that or a later one.
function ${name}_is
    set -l place (${name}_place)
    test "$place[1]" = "$argv[1]"; and begin
        test (count $argv) -eq 1; or test "$place[2]" = "$argv[2]"; or begin
            test "$argv[3]" = on; and test "$place[2]" -ge "$argv[2]"
        end
    end
end

complete -c ${program.name} -f
${nodes.flatMap((node) => linesOf(program.name, node)).join("\n")}
`;
}

function valueOptions({ path, options }: CommandNode): readonly string[] {
  return options
    .filter(({ placeholder }) => placeholder !== undefined)
    .flatMap(({ names }) => names.map((name) => `${path} ${name}`));
}

function linesOf(program: string, { path, options, arguments: args, commands }: CommandNode): readonly string[] {
  const line = (place: string, rest: string) => {
    const test = quoted(`__${program}_is ${quoted(path)}${place}`);
    return `complete -c ${program} -n ${test} ${rest}`;
  };
  return [
    ...options.map((option) => line("", optionText(option))),
    ...commands.map(({ name, description }) => line(" 0", `-a ${quoted(name)} -d ${quoted(description)}`)),
    ...(commands.length > 0 ? [] : args).flatMap(({ wanted, variadic }, place) => {
      const text = wantedText(wanted);
      return text === "" ? [] : [line(` ${place}${variadic ? " on" : ""}`, text)];
    }),
  ];
}

function optionText({ names, description, placeholder, wanted }: OptionNode): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value =
    placeholder === undefined
      ? []
      : [wantedText(wanted) || "-x"].map((text) =>
          text.includes("-F") ? `-r ${text}` : `-x ${text.replace("-x", "")}`.trim(),
        );
  return [...flags, ...value, `-d ${quoted(description)}`].join(" ");
}

function wantedText(wanted: Wanted): string {
  switch (wanted.kind) {
    case "none":
      return "";
    case "file":
      return "-F";
    case "directory":
      return "-a '(__fish_complete_directories)'";
    case "lab":
      return `-a '(${LIST_LABS})'`;
    case "lab-or-file":
      return `-F -a '(${LIST_LABS})'`;
    case "choices":
      return `-a ${quoted(wanted.choices.join(" "))}`;
  }
}
