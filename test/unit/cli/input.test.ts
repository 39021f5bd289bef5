import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { datapathArms, sweepArms } from "../../../src/cli/arms.ts";
import { main } from "../../../src/cli/main.ts";
import type { HostFacts } from "../../../src/lab/host-facts.ts";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import { hostWith } from "../lab/hosts.ts";
import { example } from "../lab/make-lab.ts";
import { captureOutput, type Output } from "./capture-output.ts";

let folder: string;
let output: Output;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-input-"));
  output = captureOutput();
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = 0;
  await rm(folder, { recursive: true });
});

describe("the arms of a comparison", () => {
  const parsed = parseTopology(new TextEncoder().encode(example("pktgen-stats.yaml")), "lab.yaml");
  if (!parsed.ok) throw new Error("the example is wrong");
  const arms = (facts: HostFacts) => {
    const context = { facts, fold: false, json: false, trials: undefined, measure: undefined };
    return datapathArms(parsed, ["macvlan", "vhost-user", "host"], context);
  };

  test("come in their order", () => {
    expect(arms(hostWith(4)).map(({ name, lab }) => [name, lab.datapath])).toEqual([
      ["macvlan", "macvlan"],
      ["vhost-user", "vhost-user"],
      ["host", "host"],
    ]);
  });

  test("tell at once what this host lacks for any of them, and once what it lacks for several", () => {
    const { kernelSupport, ...facts } = hostWith(2);
    const poor = { ...facts, kernelSupport: { ...kernelSupport, macvlan: false, tun: false } };
    expect(() => arms(poor)).toThrow();
    expect(output.err).toContain("datapath macvlan cannot work here");
    expect(output.err).toContain("datapath vhost-user cannot work here");
    expect(output.err.match(/has no CPU 2 /g)).toHaveLength(1);
  });
});

test("facts that were cut short are refused with a sentence", async () => {
  const facts = join(folder, "facts.json");
  const { kernelSupport: _, ...rest } = hostWith(4);
  await writeFile(facts, JSON.stringify({ facts: rest }));
  await writeFile(join(folder, "lab.yaml"), example("pktgen-stats.yaml"));
  await main(["plan", join(folder, "lab.yaml"), "--facts", facts]);
  expect(process.exitCode).toBe(65);
  expect(output.err).toContain("these are no host facts of this version");
});

test("a checkout without npm packages says what to run, and shows no stack", async () => {
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "src"));
  await copyFile(new URL("../../../bin/corebed", import.meta.url), join(folder, "bin/corebed"));
  const [code, text] = await new Promise<readonly [number | undefined, string]>((resolve) => {
    execFile("sh", [join(folder, "bin/corebed"), "status"], (error, _out, stderr) =>
      resolve([error?.code as number | undefined, stderr]),
    );
  });
  expect(code).toBe(69);
  expect(text).toMatch(/^error: this checkout has no npm packages yet\n {2}= help: run npm ci in .+\n$/);
});

describe("the combinations of a sweep", () => {
  const [beforeCompare = ""] = example("pktgen-stats.yaml").split(/^compare:/m);
  const text = `${beforeCompare}sweep: { datapath: [macvlan, vhost-user, host], frame: [64, 128] }\n`;
  const parsed = parseTopology(new TextEncoder().encode(text), "lab.yaml");
  if (!parsed.ok) throw new Error("the example is wrong");
  const arms = (facts: HostFacts) =>
    sweepArms(parsed, { facts, fold: false, json: false, trials: undefined, measure: undefined });

  test("are all resolved, and those that need the same share a lab", () => {
    const found = arms(hostWith(4));
    expect(found).toHaveLength(6);
    expect(new Set(found.map(({ lab }) => lab.name)).size).toBe(3);
  });

  test("tell at once what this host lacks for any of them, each once", () => {
    const { kernelSupport, ...facts } = hostWith(2);
    const poor = { ...facts, kernelSupport: { ...kernelSupport, macvlan: false, tun: false } };
    expect(() => arms(poor)).toThrow();
    expect(output.err.match(/datapath macvlan cannot work here/g)).toHaveLength(1);
    expect(output.err.match(/datapath vhost-user cannot work here/g)).toHaveLength(1);
    expect(output.err.match(/has no CPU 2 /g)).toHaveLength(1);
    expect(output.err).toContain("lab.yaml (datapath=macvlan");
  });
});
