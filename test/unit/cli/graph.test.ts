import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addGraph } from "../../../src/cli/commands/graph.ts";
import { chainText, example } from "../lab/make-lab.ts";
import { captureOutput } from "./capture-output.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corebed-graph-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `corebed graph` with these options prints of a topology; rejects where it ends with an error. */
async function graph(text: string, ...options: readonly string[]): Promise<string> {
  const file = join(folder, "lab.yaml");
  writeFileSync(file, text);
  const program = new Command("corebed").exitOverride().configureOutput({ writeErr: () => {} });
  addGraph(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  using output = captureOutput();
  await program.parseAsync(["graph", file, ...options], { from: "user" });
  return output.out;
}

const MIXED = example("mixed-hops.yaml");

describe("corebed graph", () => {
  test("draws text unless asked for something else", async () => {
    expect(await graph(MIXED)).toMatch(/^mixed-hops: 3 NFs in 1 chain.*\n\n\+- CPU 0 -\+/);
  });

  test.each([
    ["--svg", /^<svg .*<\/svg>\n$/s],
    ["--mermaid", /^flowchart LR\n/],
    ["--dot", /^digraph "mixed-hops" \{.*\}\n$/s],
  ])("%s", async (option, form) => expect(await graph(MIXED, option)).toMatch(form));

  test("--json is what there is to draw", async () => {
    const drawn = JSON.parse(await graph(MIXED, "--json"));
    expect(drawn.chains[0].hops.map(({ datapath }: { readonly datapath: string }) => datapath)).toEqual([
      "docker-bridge",
      "vhost-user",
    ]);
  });

  test("--datapath draws another arm of a comparison", async () => {
    expect(await graph(example("pktgen-stats.yaml"), "--datapath", "macvlan")).toContain("- macvlan ->|");
  });

  test("takes one kind of drawing at a time", async () => {
    await expect(graph(MIXED, "--svg", "--dot")).rejects.toThrow("cannot be used with");
  });

  test("draws cores that this host does not have", async () => {
    expect(await graph(MIXED.replace("3: sink", "4095: sink"))).toContain("- CPU 4095 -");
  });

  test("refuses a file that is wrong", async () => {
    await expect(graph("name: x\n")).rejects.toMatchObject({ code: 65 });
  });
});

describe("Graphviz", () => {
  test.each([
    ["mixed-hops", MIXED],
    ["two chains", example("two-chains.yaml")],
    ["a long chain", example("long-chain.yaml")],
    ["twelve NFs on three CPUs", chainText(12, { cpus: 3, top: "traffic: { direction: both }" })],
  ])("draws %s", async (_name, text) => {
    const { error, status, stdout, stderr } = spawnSync("dot", ["-Tplain"], {
      input: await graph(text, "--dot"),
      encoding: "utf8",
    });
    if (error !== undefined) throw new Error("cannot run dot (apt-get install graphviz)", { cause: error });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^node nf0 /m);
  });
});
