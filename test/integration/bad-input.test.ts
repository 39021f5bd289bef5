import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { setUpBed } from "./support/bed.ts";
import { REPOSITORY } from "./support/corebed.ts";
import { pair, topologyText } from "./support/topology.ts";

const bed = setUpBed("it-bad");
const FILE_COMMANDS = ["validate", "plan", "apply", "run", "compare"] as const;

describe("a topology that is wrong", () => {
  const WRONG = topologyText(pair("it-bad")).replace("app: pktgen", "app: pktgne");

  test.each(FILE_COMMANDS)(
    "%s: 65, told with line and column on standard error, nothing on standard output",
    async (name) => {
      const file = await bed.write("wrong.yaml", WRONG);
      const { stdout, stderr } = await bed.expectExit(65, [name, file]);
      expect(stdout).toBe("");
      const line = WRONG.split("\n").findIndex((text) => text.includes("pktgne")) + 1;
      expect(stderr).toContain(`--> ${file}:${line}:10`);
      expect(stderr).toContain("pktgne");
      expect(stderr).toMatch(/help: .*pktgen/);
      await bed.expectNoTrace();
    },
  );

  test("--json: the diagnostics on standard output, nothing on standard error", async () => {
    const file = await bed.write("wrong.yaml", WRONG);
    for (const name of FILE_COMMANDS) {
      const { stdout, stderr } = await bed.expectExit(65, [name, file, "--json"]);
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toMatchObject({
        ok: false,
        diagnostics: [{ severity: "error", code: expect.any(String), message: expect.stringContaining("pktgne") }],
      });
    }
  });

  test("everything that is wrong is told at once", async () => {
    const file = `${REPOSITORY}test/topologies/bad/everything-at-once.yaml`;
    const { stderr } = await bed.expectExit(65, ["validate", file, "--offline"]);
    const golden = await readFile(file.replace(/yaml$/, "txt"), "utf8");
    const count = golden.match(/^error: /gm)?.length ?? 0;
    expect(count).toBeGreaterThan(3);
    expect(stderr.match(/^error: /gm)).toHaveLength(count);
  });

  test("bytes that are no text, an empty file, a directory, no file", async () => {
    const binary = await bed.write("binary.yaml", new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0xc0]));
    const empty = await bed.write("empty.yaml", "");
    for (const file of [binary, empty, bed.directory(), `${bed.directory()}/none.yaml`]) {
      const { stdout, stderr } = await bed.expectExit(65, ["plan", file]);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^error: /);
      expect(stderr).not.toContain("internal error");
    }
  });
});

describe("standard input", () => {
  test("- is read as the topology", async () => {
    const good = topologyText(pair("it-bad"));
    const valid = await bed.expectExit(0, ["validate", "-", "--offline"], { input: good });
    expect(valid.stdout).toBe("<stdin>: the topology is valid\n");
    await bed.expectExit(0, ["apply", "-"], { input: good });
    await bed.expectExit(0, ["plan", "-"], { input: good });
    await bed.expectExit(0, ["destroy", "-"], { input: good });
    await bed.expectNoTrace();
  });

  test("what is wrong in it is told by line too", async () => {
    const { stderr } = await bed.expectExit(65, ["plan", "-"], { input: "name: it-bad\ncores: 7\n" });
    expect(stderr).toMatch(/--> <stdin>:2:8/);
  });
});

describe("a command line that is wrong", () => {
  test.each([
    ["an unknown command", ["aply", "lab.yaml"], /unknown command 'aply'[\s\S]*Did you mean apply/],
    ["an unknown option", ["plan", "--fold", "lab.yaml"], /unknown option '--fold'/],
    ["an argument too few", ["apply"], /missing required argument 'file'/],
    ["an argument too many", ["apply", "a.yaml", "b.yaml"], /too many arguments/],
    ["a count that is none", ["run", "lab.yaml", "--trials", "none"], /whole number from 1 to 100000/],
    ["no count", ["run", "lab.yaml", "--trials", "0"], /whole number from 1 to 100000/],
    ["an unknown command of images", ["images", "make"], /unknown command/],
  ] as const)("%s", async (_, args, message) => {
    const { stdout, stderr } = await bed.expectExit(64, args);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });

  test("help and version are no errors, and go to standard output", async () => {
    const help = await bed.expectExit(0, ["--help"]);
    expect(help.stdout).toContain("Usage: corebed");
    expect(help.stderr).toBe("");
    const version = await bed.expectExit(0, ["--version"]);
    const { version: expected } = JSON.parse(await readFile(`${REPOSITORY}package.json`, "utf8"));
    expect(version.stdout).toBe(`${expected}\n`);
  });
});

describe("a host that has not what the file asks for", () => {
  test("a core that does not exist, with a hint at --fold-cores", async () => {
    const file = await bed.write("lab.yaml", pair("it-bad", { cores: { 0: "switch", 1: "gen", 4000: "sink" } }));
    for (const name of ["validate", "plan", "apply", "run"]) {
      const { stdout, stderr } = await bed.expectExit(65, [name, file]);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/error: \S+ has no CPU 4000 that corebed may use/);
      expect(stderr).toMatch(new RegExp(`--> ${file}:5:3`));
      expect(stderr).toMatch(/help: .*--fold-cores/);
    }
    await bed.expectExit(2, ["plan", file, "--fold-cores"]);
  });

  test("more huge pages than there are, with the numbers", async () => {
    const nfs = { gen: { app: "pktgen", memory: "64GiB" }, sink: { app: "stats" } } as const;
    const file = await bed.write("lab.yaml", pair("it-bad", { nfs }));
    const { stderr } = await bed.expectExit(65, ["apply", file]);
    expect(stderr).toMatch(
      /the lab needs 32832 huge pages of 2 MiB \(switch \d+, gen 32768, sink 32\); \S+ has \d+, of them\s+\d+ free/,
    );
    expect(stderr).toMatch(/help: reserve them: sysctl -w vm\.nr_hugepages=32832/);
    await bed.expectNoTrace();
  });

  test("an image that nobody has", async () => {
    const topology = pair("it-bad", {
      nfs: { gen: { app: "pktgen" }, sink: { image: "it-bad.invalid/none:1" } },
    });
    const file = await bed.write("lab.yaml", topology);
    const { stderr } = await bed.expectExit(69, ["apply", file]);
    expect(stderr).toContain("it-bad.invalid/none:1");
    expect(stderr).not.toContain("internal error");
    await bed.expectExit(0, ["destroy", "it-bad"]);
    await bed.expectNoTrace();
  });
});

test("a reader that goes away is no error", async () => {
  const piped = await bed.run(["-c", `${REPOSITORY}bin/corebed schema | head -c 10; exit $?`], { program: "/bin/sh" });
  expect(piped.stderr).toBe("");
  expect(piped.stdout).toHaveLength(10);
});
