import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bashScript } from "../../../src/cli/completion/bash.ts";
import { fishScript } from "../../../src/cli/completion/fish.ts";
import { type CommandNode, commandTree, flatten } from "../../../src/cli/completion/tree.ts";
import { zshScript } from "../../../src/cli/completion/zsh.ts";
import { makeProgram } from "../../../src/cli/main.ts";
import { MEASURE_METHODS } from "../../../src/topology/topology.ts";

const tree = commandTree(makeProgram());
let folder: string;
let scripts: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corebed-completion-"));
  scripts = mkdtempSync(join(tmpdir(), "corebed-scripts-"));
  writeFileSync(join(folder, "lab.yaml"), "");
  writeFileSync(join(folder, "la la.yaml"), "");
  mkdirSync(join(folder, "results"));
});
afterAll(() => {
  for (const path of [folder, scripts]) rmSync(path, { recursive: true });
});

function run(shell: string, args: readonly string[], input: string): readonly string[] {
  const { error, status, stdout, stderr } = spawnSync(shell, [...args], { input, cwd: folder, encoding: "utf8" });
  // npm test installs the shells: one that is not there must be seen, not passed over.
  if (error !== undefined) throw new Error(`cannot run ${shell} (apt-get install ${shell})`, { cause: error });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").filter((line) => line !== "");
}

/** What bash offers at the end of a line; its words as bash takes them apart. */
function bashOffers(program: CommandNode, ...words: readonly string[]): readonly string[] {
  const quoted = ["corebed", ...words].map((word) => `'${word}'`).join(" ");
  const call = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _corebed; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", ["--norc"], `${bashScript(program)}\n${call}`);
}

/** What fish offers at the end of a line. */
function fishOffers(program: CommandNode, line: string): readonly string[] {
  const script = join(scripts, "corebed.fish");
  writeFileSync(script, fishScript(program));
  const offers = run("fish", ["--no-config", "-c", `source ${script}; complete -C ${JSON.stringify(line)}`], "");
  return offers.map((offer) => offer.split("\t")[0] ?? "");
}

describe("bash", () => {
  test("is told about the completion when it reads the script", () => {
    expect(run("bash", ["--norc"], `${bashScript(tree)}\ncomplete -p corebed`)).toEqual([
      "complete -F _corebed corebed",
    ]);
  });

  test("commands", () => {
    expect(bashOffers(tree, "")).toEqual([...tree.commands.map(({ name }) => name)]);
    expect(bashOffers(tree, "st")).toEqual(["status"]);
    expect(bashOffers(tree, "images", "")).toEqual(["build", "list", "help"]);
    expect(bashOffers(tree, "help", "cal")).toEqual(["calibrate"]);
  });

  test.each(flatten(tree).map(({ path, options }) => [path, options.flatMap(({ names }) => names)] as const))(
    "options of %s",
    (path, names) => expect(bashOffers(tree, ...path.split(" ").slice(1), "-")).toEqual(names),
  );

  test("values of an option, behind a space or behind =", () => {
    expect(bashOffers(tree, "run", "--measure", "")).toEqual([...MEASURE_METHODS]);
    expect(bashOffers(tree, "run", "lab.yaml", "--measure", "=", "lo")).toEqual(["loss-curve"]);
    expect(bashOffers(tree, "run", "--measure", "=")).toEqual([...MEASURE_METHODS]);
    expect(bashOffers(tree, "run", "--trials", "")).toEqual([]);
  });

  test("files and directories where they are wanted", () => {
    expect(bashOffers(tree, "run", "la").toSorted()).toEqual(["la la.yaml", "lab.yaml"]);
    expect(bashOffers(tree, "run", "--trials", "3", "lab")).toEqual(["lab.yaml"]);
    expect(bashOffers(tree, "compare", "lab.yaml", "--baseline", "res")).toEqual(["results"]);
    expect(bashOffers(tree, "history", "")).toEqual(["results"]);
    expect(bashOffers(tree, "serve", "--listen", "127.0.0.1", ":", "80", "la")).toEqual([]);
  });

  test("nothing more behind the last argument, nor behind --", () => {
    expect(bashOffers(tree, "run", "lab.yaml", "")).toEqual([]);
    expect(bashOffers(tree, "exec", "lab", "gen", "--", "-")).toEqual([]);
  });
});

describe("fish", () => {
  test("commands, options, values, files", () => {
    expect(fishOffers(tree, "corebed ").toSorted()).toEqual(tree.commands.map(({ name }) => name).toSorted());
    expect(fishOffers(tree, "corebed images ")).toEqual(expect.arrayContaining(["build", "list"]));
    expect(fishOffers(tree, "corebed run --me").filter((offer) => offer === "--measure")).toHaveLength(1);
    expect(fishOffers(tree, "corebed run --measure ").toSorted()).toEqual([...MEASURE_METHODS].toSorted());
    expect(fishOffers(tree, "corebed run --trials 3 lab")).toEqual(["lab.yaml"]);
    expect(fishOffers(tree, "corebed history res")).toEqual(["results/"]);
    expect(fishOffers(tree, "corebed completion ")).toEqual(["bash", "fish", "zsh"]);
    expect(fishOffers(tree, "corebed run lab.yaml ")).toEqual([]);
  });

  test("every option of every command, once", () => {
    for (const { path, options } of flatten(tree)) {
      const long = options.flatMap(({ names }) => names).filter((name) => name.startsWith("--"));
      expect([path, ...fishOffers(tree, `${path} --`).toSorted()]).toEqual([path, ...long.toSorted()]);
    }
  });
});

describe("zsh", () => {
  /** The arguments that the function of a command gives to zsh's _arguments. */
  const specs = (name: string) =>
    run("zsh", ["-f"], `${zshScript(tree)}\n_arguments() { print -rl -- "$@" }\n${name}`).filter((line) =>
      line.includes("["),
    );

  test("has nothing to say against the script", () => {
    expect(run("zsh", ["-f", "-n"], zshScript(tree))).toEqual([]);
    // -D alone: a -d after it would turn dumping on again, and the dump is moved over its file, even over /dev/null.
    const loaded = `autoload -U compinit; compinit -D -u\n${zshScript(tree)}\nprint $_comps[corebed]`;
    expect(run("zsh", ["-f"], loaded)).toEqual(["_corebed"]);
  });

  test("options with their values", () => {
    expect(specs("_corebed_run")).toContain(
      `--measure=[how to measure (default\\: the file's)]:method:(${MEASURE_METHODS.join(" ")})`,
    );
    expect(specs("_corebed_apply")).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\(-y --yes\)-y\[/),
        expect.stringMatching(/^\(-y --yes\)--yes\[/),
      ]),
    );
  });
});

describe("an argument that takes several values", () => {
  const several = makeProgram();
  several.command("gather").argument("<results...>");
  const own = commandTree(several);

  test("is completed again and again", () => {
    expect(bashOffers(own, "gather", "lab")).toEqual(["lab.yaml"]);
    expect(bashOffers(own, "gather", "a.json", "b.json", "lab")).toEqual(["lab.yaml"]);
  });

  test("in fish too", () => {
    expect(fishOffers(own, "corebed gather a.json lab")).toEqual(["lab.yaml"]);
  });
});

test("a new command is completed without anyone thinking of it", () => {
  const program = makeProgram();
  program.command("teleport").option("--datapath <name>", "over it").argument("<file>");
  const [added] = commandTree(program).commands.filter(({ name }) => name === "teleport");
  expect(added).toMatchObject({ path: "corebed teleport", arguments: [{ wanted: { kind: "file" } }] });
});
