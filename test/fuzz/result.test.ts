import fc from "fast-check";
import { expect, test } from "vitest";
import { validateResult } from "../../src/measure/validate-result.ts";
import { formatCsv } from "../../src/report/csv.ts";
import { formatMarkdown } from "../../src/report/format-markdown.ts";
import { formatResult } from "../../src/report/format-result.ts";
import { formatJunit } from "../../src/report/junit.ts";
import { fourArms, incomplete, twoArms, unexplainedLoss } from "../unit/report/results.ts";
import { apply, changedValue, LIMIT_MS, share } from "./cases.ts";

const plain = (result: unknown): unknown => JSON.parse(JSON.stringify(result));
const CORPUS = [twoArms(), fourArms(), incomplete(), unexplainedLoss()].map(plain);

test("whatever a result file holds, it is read or refused in a few sentences, and what is read can be shown", {
  timeout: LIMIT_MS,
}, () => {
  fc.assert(
    fc.property(changedValue(CORPUS.length), (changes) => {
      const json = apply(CORPUS, changes);
      const checked = validateResult(json);
      if (!checked.ok) {
        expect(checked.problems.length).toBeLessThan(12);
        expect(checked.problems.join("\n").length).toBeLessThan(8_000);
        return;
      }
      const { result } = checked;
      formatResult(result, { color: false, width: 80, unicode: false });
      formatMarkdown(result);
      formatCsv([result]);
      formatJunit([result]);
    }),
    share(0.2),
  );
});
