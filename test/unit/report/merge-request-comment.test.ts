import { expect, test } from "vitest";
import { formatCiComment, formatCiSummary } from "../../../src/report/merge-request-comment.ts";
import { twoArms } from "./results.ts";

const FAILED = { passed: false, name: "gate", sentence: "failed: 1 of 2 expectations is broken", problem: undefined };

test("a comment as a whole", async () => {
  await expect(formatCiComment(FAILED, twoArms())).toMatchFileSnapshot("golden/two-arms.comment.md.txt");
});

test("without a result it tells what happened, as it is", () => {
  const verdict = { ...FAILED, sentence: "not done", problem: "no *Docker*\n  = help: <b>\u001b[31m" };
  expect(formatCiComment(verdict, undefined)).toBe(
    "<!-- corebed-ci gate -->\n\n**corebed ci: gate not done**\n\n    no *Docker*\n      = help: <b> [31m\n",
  );
  expect(formatCiSummary(verdict, undefined)).toMatch(/^## corebed ci: gate not done\n\n {4}no \*Docker\*\n/);
});

test("no name ends the mark that scripts look for, or the heading", () => {
  const [mark = ""] = formatCiComment({ ...FAILED, name: "a --> <script>\n# b" }, undefined).split("\n");
  expect(mark).toMatch(/^<!-- corebed-ci [\w.-]+ -->$/);
  expect(mark.indexOf("--", 4)).toBe(mark.length - 3);
});

test("figures that a comment cannot hold are left to the summary", () => {
  const arms = twoArms().arms.flatMap((arm) =>
    Array.from({ length: 300 }, (_, index) => ({ ...arm, name: `${arm.name}-${index}` })),
  );
  const text = formatCiComment(FAILED, { ...twoArms(), arms });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain("summary.md");
});
