import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { topologyRecord } from "../../../src/cli/result-file.ts";
import { resumed } from "../../../src/cli/resume.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { buildResult } from "../../../src/measure/build-result.ts";
import { planWithoutEnvironment } from "../../../src/plan/hide-environment.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { formatPlan } from "../../../src/report/plan-text.ts";
import { labOf, parse } from "../lab/make-lab.ts";
import { madeUpResult, madeUpTrials } from "../measure/made-up.ts";
import { observedFrom } from "../plan/observed.ts";

const folder = mkdtempSync(join(tmpdir(), "corebed-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "lab.yaml");
const TEXT = `name: own
cores: { 0: switch, 1: gen, 2: mine }
nfs:
  gen: { app: pktgen }
  mine: { image: acme/probe, env: { TOKEN: s3cret-1, LEVEL: high } }
chains: { main: [gen, mine] }
sweep: { frame: [64, 128] }
`;
const earlier = madeUpResult(["vhost-user"], madeUpTrials("vhost-user", 4_000_000, [1]));
const labs = (text: string) => labResources(labOf(text));

function resultOf(file: ReturnType<typeof parse>): ReturnType<typeof madeUpResult> {
  return { ...earlier, kind: "sweep", complete: false, topology: topologyRecord(file) };
}

test("a result names the variables of an environment and hides their values, in the file's text and in the labs", () => {
  const topology = topologyRecord(parse(TEXT, path));
  expect(topology.text).toBe(TEXT.replace("s3cret-1", '"(hidden)"').replace("high", '"(hidden)"'));
  expect(topology.sha256).toBe(createHash("sha256").update(topology.text).digest("hex"));
  const plan = { name: "vhost-user", settings: [], lab: labOf(TEXT), method: earlier.method };
  const { labs: kept } = buildResult({
    ...earlier,
    topology,
    arms: [plan],
    trials: [],
    outcomes: new Map(),
    expectations: [],
    noiseFloorOf: () => undefined,
  });
  expect(kept.own).toMatchObject({ nfs: [{}, { env: { TOKEN: "(hidden)", LEVEL: "(hidden)" } }] });
  expect(JSON.stringify([topology, kept])).not.toContain("s3cret");
});

test("a plan tells that a value changed, and not from what to what, for people and for programs", () => {
  const plan = makePlan("own", labs(TEXT.replace("s3cret-1", "s3cret-2")), observedFrom(labs(TEXT)));
  const text = formatPlan(plan, undefined, { width: 80, color: false, unicode: false });
  expect(text).toContain("env.TOKEN: (hidden) -> (hidden)");
  const json = JSON.stringify(planWithoutEnvironment(plan));
  expect(json).toContain('"TOKEN":"(hidden)"');
  expect(json).toContain('"COREBED_NF":"mine"');
  expect(text + json).not.toContain("s3cret");
});

test("a sweep is gone on with by the file that has the values, if it is the same", async () => {
  const result = resultOf(parse(TEXT, path));
  await expect(resumed(result, "sweep", false)).rejects.toThrow(`${path} cannot be read`);
  writeFileSync(path, TEXT.replace("64, 128", "64, 256"));
  await expect(resumed(result, "sweep", false)).rejects.toThrow(`${path} is not the file that it was`);
  writeFileSync(path, TEXT);
  expect((await resumed(result, "sweep", false)).topology.nfs[1]?.env).toEqual({ TOKEN: "s3cret-1", LEVEL: "high" });
});
