import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Exit } from "../../src/cli/exit.ts";
import { readResult } from "../../src/cli/result-file.ts";
import { baselineDifferences } from "../../src/measure/against-baseline.ts";
import { explain } from "../../src/measure/explain/explain.ts";
import { seriesOf } from "../../src/measure/history.ts";
import type { Result } from "../../src/measure/result.ts";
import { validateResult } from "../../src/measure/validate-result.ts";
import { formatCsv } from "../../src/report/csv.ts";
import { formatExplanation } from "../../src/report/explanation-text.ts";
import { formatMarkdown } from "../../src/report/format-markdown.ts";
import { formatResult } from "../../src/report/format-result.ts";
import { formatHistory } from "../../src/report/history-text.ts";
import { labOf } from "../../src/report/html/lab-of.ts";
import { htmlReport } from "../../src/report/html/page.ts";
import { formatJunit } from "../../src/report/junit.ts";
import { resultJson } from "../../src/report/result-json.ts";
import { simulated } from "../unit/report/html-support.ts";
import { fourArms, incomplete, twoArms, unexplainedLoss } from "../unit/report/results.ts";
import { apply, CONTROL, changedValue, LIMIT_MS, near, share } from "./cases.ts";

const plain = (result: unknown): unknown => JSON.parse(JSON.stringify(result));
/** As commands write them: with whole labs, unlike those that are made up. */
const WRITTEN = [
  await simulated("run", "pktgen-stats", "--trials", "2"),
  await simulated("run", "shared-nf", "--trials", "1"),
  await simulated("run", "shaped", "--trials", "1"),
];
const CORPUS = [twoArms(), fourArms(), incomplete(), unexplainedLoss(), ...WRITTEN].map(plain);
const TEXTS = [...WRITTEN, incomplete()].map((result) => Buffer.from(resultJson(result)));
const OUTPUT = { color: false, width: 80, unicode: false } as const;

const folder = mkdtempSync(join(tmpdir(), "corebed-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** All that is made of a result that was read. */
function show(result: Result): void {
  const texts = [
    formatResult(result, OUTPUT),
    formatResult(result, { ...OUTPUT, unicode: true }),
    formatMarkdown(result),
    formatCsv([result]).replaceAll("\r\n", "\n"),
    ...seriesOf([result]).map((series) => formatHistory(series, OUTPUT)),
    ...result.arms.flatMap(({ name, lab: labName, trials }) => {
      const lab = labOf(result, labName);
      return lab === undefined ? [] : [formatExplanation(name, explain(lab, trials), OUTPUT)];
    }),
  ];
  for (const text of texts) {
    expect(text).not.toMatch(CONTROL);
    expect(text.length).toBeLessThan(2_000_000);
  }
  baselineDifferences(WRITTEN[0] as Result, result);
  formatJunit([result]);
  expect(htmlReport([result])).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
}

test("whatever a result file holds, it is read or refused in a few sentences, and what is read can be shown", {
  timeout: LIMIT_MS,
}, () => {
  fc.assert(
    fc.property(changedValue(CORPUS.length), (changes) => {
      const json = apply(CORPUS, changes);
      const checked = validateResult(json);
      if (checked.ok) {
        show(checked.result);
        return;
      }
      expect(checked.problems.length).toBeLessThan(12);
      expect(checked.problems.join("\n").length).toBeLessThan(8_000);
    }),
    share(0.05),
  );
});

test("whatever lab a result carries, it can be shown, with the lab or without", { timeout: LIMIT_MS }, () => {
  fc.assert(
    fc.property(changedValue(WRITTEN.length), (changes) => {
      const result = WRITTEN[changes.base] as Result;
      const labs = WRITTEN.map((one) => one.labs);
      show({ ...result, labs: apply(labs, changes) as Result["labs"] });
    }),
    share(0.02),
  );
});

test("whatever bytes a result file has, it is read or refused as a file, and what is read can be shown", {
  timeout: LIMIT_MS,
}, async () => {
  const path = join(folder, "result.json");
  await fc.assert(
    fc.asyncProperty(near(TEXTS), async (bytes) => {
      writeFileSync(path, bytes);
      const read = await readResult(path).catch((error: unknown) => {
        if (!(error instanceof Exit)) throw error;
        return error.message;
      });
      if (typeof read !== "string") {
        show(read);
        return;
      }
      expect(read).toMatch(/^error: .*result\.json: /);
      expect(read.length).toBeLessThan(8_000);
      expect(read).not.toMatch(CONTROL);
    }),
    share(0.05) as fc.Parameters<[Uint8Array]>,
  );
});
