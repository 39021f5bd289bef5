import { describe, expect, test } from "vitest";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import type { Result } from "../../../src/measure/result.ts";
import { formatMarkdown } from "../../../src/report/format-markdown.ts";
import { formatResult } from "../../../src/report/format-result.ts";
import type { Output } from "../../../src/report/output.ts";
import { madeUpChain, madeUpMeasurement, madeUpResult } from "../measure/made-up.ts";
import { fourArms, incomplete, oneTrial, severalChains, twoArms, unexplainedLoss } from "./results.ts";

const NARROW: Output = { width: 80, color: false, unicode: false };
const WIDE: Output = { width: 120, color: false, unicode: true };
const RESULTS = {
  "two-arms": twoArms,
  "four-arms": fourArms,
  "unexplained-loss": unexplainedLoss,
  incomplete,
  "one-trial": oneTrial,
  "several-chains": severalChains,
};

/** Golden texts: `vitest -u` writes them anew; read the difference before you commit it. */
async function matchesGolden(name: string, text: string): Promise<void> {
  await expect(text).toMatchFileSnapshot(`golden/${name}`);
}

describe.each(Object.entries(RESULTS))("%s", (name, make: () => Result) => {
  test("at 80 columns in ASCII", () => matchesGolden(`${name}-80.txt`, formatResult(make(), NARROW)));

  test.each([40, 50, 60, 72, 80, 100, 200])("keeps to %d columns, ASCII and no colour", (width) => {
    const text = formatResult(make(), { ...NARROW, width });
    expect(text).toMatch(/^[ -~\n]*$/);
    // A counter's name or an expectation may be one word, and words are not broken.
    const long = text.split("\n").filter((line) => line.length > width && line.trim().includes(" "));
    expect(long).toEqual([]);
  });
});

test("wide, with block characters", () => matchesGolden("two-arms-120.txt", formatResult(twoArms(), WIDE)));

test("colours change nothing but the colours", () => {
  const coloured = formatResult(twoArms(), { ...WIDE, color: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for
  const codes = /\u001b\[\d+m/g;
  expect(coloured.match(codes)?.length).toBeGreaterThan(10);
  expect(coloured.replace(codes, "")).toBe(formatResult(twoArms(), WIDE));
});

test("nothing that comes from outside can move the cursor or break a line", () => {
  const point = { at: "port\u001b[2J of\ngen", counter: "\u009b31m", packets: 10, drops: [] };
  const chain = { ...madeUpChain({ sent: 10, received: 4 }), points: [point] };
  const result = madeUpResult(["vhost-user"], [makeTrial(madeUpMeasurement({ chains: [chain] }))]);
  const text = formatResult(result, WIDE);
  expect(text).toContain("port [2J of gen");
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("without any arm there is still a line", () => {
  expect(formatResult(madeUpResult([], []), NARROW)).toMatch(/^compare pktgen-stats\n/);
});

describe("Markdown", () => {
  test("of two arms", () => matchesGolden("two-arms.md.txt", formatMarkdown(twoArms())));
  test("of an incomplete comparison", () => matchesGolden("incomplete.md.txt", formatMarkdown(incomplete())));
  test("of several chains", () => matchesGolden("several-chains.md.txt", formatMarkdown(severalChains())));

  test("shows text from outside as it is", () => {
    const base = twoArms();
    const topology = { ...base.topology, name: "a|b <img> *c*" };
    const expectations = [{ text: "x `y` | z", passed: false, detail: "no" }];
    const text = formatMarkdown({ ...base, topology, expectations });
    expect(text).toContain("### compare a\\|b &lt;img> \\*c\\*: 64-byte");
    expect(text).toContain("- **FAIL** `` x `y` | z ``: no");
  });
});
