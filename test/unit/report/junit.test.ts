import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withBaseline } from "../../../src/measure/against-baseline.ts";
import type { Result } from "../../../src/measure/result.ts";
import { formatJunit } from "../../../src/report/junit.ts";
import { madeUpResult, madeUpTrials } from "../measure/made-up.ts";
import { junitProblems, readXml, testCases, type XmlElement } from "./junit-rules.ts";
import { fourArms, incomplete, oneTrial, severalChains, twoArms, unexplainedLoss } from "./results.ts";

const RESULTS = { twoArms, fourArms, unexplainedLoss, incomplete, oneTrial, severalChains, worse };
const XSD = fileURLToPath(new URL("./junit.xsd", import.meta.url));

/** An arm that has become a third slower than in an earlier result. */
function worse(): Result {
  const rates = [1, 0.99, 1.01, 1.005, 0.995];
  const earlier = madeUpResult(["vhost-user"], madeUpTrials("vhost-user", 6_000_000, rates));
  const now = madeUpResult(["vhost-user"], madeUpTrials("vhost-user", 4_000_000, rates));
  const noiseFloorOf = () => ({ ratio: 1.02, comparisons: 10, trials: 5, coverage: 0.9 });
  return withBaseline(now, earlier, { file: "baseline.json", noiseFloorOf });
}

function caseOf(document: string, name: string): XmlElement {
  const found = testCases(readXml(document)).find(({ attributes }) => attributes.name === name);
  if (found === undefined) throw new Error(`no test case ${name} in\n${document}`);
  return found;
}

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

test.each(Object.entries(RESULTS))("%s: fits what readers of JUnit XML take", (_, make) => {
  expect(junitProblems(readXml(formatJunit([make()])))).toEqual([]);
});

test("xmllint finds all of it valid", () => {
  const document = formatJunit(
    Object.values(RESULTS).map((make) => make()),
    { stage: "doctor", message: "a\nb" },
  );
  const run = () => execFileSync("xmllint", ["--noout", "--schema", XSD, "-"], { input: document, stdio: "pipe" });
  expect(run).not.toThrow();
});

test("as a whole", async () => {
  await expect(formatJunit([twoArms()])).toMatchFileSnapshot("golden/two-arms.junit.xml");
});

describe("test cases", () => {
  test("an expectation that holds passes, one that does not fails with the figures", () => {
    const document = formatJunit([twoArms()]);
    const held = caseOf(document, "expect throughput(vhost-user) >= 5 * throughput(docker-bridge)");
    expect(childOf(held, "failure")).toBeUndefined();
    const broken = caseOf(document, "expect loss <= 0.001");
    expect(childOf(broken, "failure")?.attributes.message).toMatch(/^docker-bridge: .* is not <= /);
    expect(readXml(document).attributes).toMatchObject({ failures: "1", errors: "0" });
  });

  test("an arm tells its figures and its doubts, and passes for all of them", () => {
    const arm = caseOf(formatJunit([fourArms()]), "measure vhost-user");
    expect(childOf(arm, "failure") ?? childOf(arm, "error")).toBeUndefined();
    expect(childOf(arm, "system-out")?.text).toMatch(/Delivered: .* Mpps/);
    const doubtful = caseOf(formatJunit([oneTrial()]), "measure vhost-user");
    expect(childOf(doubtful, "system-out")?.text).toContain("short-of-rate: Chain main");
  });

  test("an arm that was never begun is an error, for nothing is known of it", () => {
    const document = formatJunit([incomplete()]);
    expect(childOf(caseOf(document, "measure macvlan"), "error")?.attributes.message).toBe("No trial was run.");
    expect(readXml(document).children[0]?.attributes.errors).toBe("1");
  });

  test("an arm that is worse than the baseline fails", () => {
    const failure = childOf(caseOf(formatJunit([worse()]), "baseline vhost-user"), "failure");
    expect(failure?.attributes.type).toBe("regression");
    expect(failure?.attributes.message).toContain("worse");
  });

  test("packets that no counter explains fail", () => {
    const failure = childOf(caseOf(formatJunit([unexplainedLoss()]), "every packet is accounted for"), "failure");
    expect(failure?.text).toContain("no counter knows of them");
  });

  test("what kept a result from coming about is an error of its own", () => {
    const document = formatJunit([], { stage: "doctor", message: "this host is not ready\nno Docker" });
    expect(junitProblems(readXml(document))).toEqual([]);
    const error = childOf(caseOf(document, "doctor"), "error");
    expect(error?.attributes.message).toBe("this host is not ready");
    expect(error?.text).toBe("this host is not ready\nno Docker");
  });

  test("a simulated result says so", () => {
    const suite = readXml(formatJunit([oneTrial()])).children[0];
    expect(suite && childOf(suite, "system-out")?.text).toMatch(/^SIMULATED/);
  });
});

test("whatever stands in a result, the document is well-formed and says the same", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom('a"b', "<!-- -->", "]]>", "&amp;", "\u0000\u001b[31m", "\ud800", "\ufffe", "a\r\nb\tc"),
  );
  fc.assert(
    fc.property(nasty, nasty, (text, detail) => {
      const result = { ...twoArms(), expectations: [{ text, passed: false, detail }] };
      const document = formatJunit([result], { stage: text, message: detail });
      expect(junitProblems(readXml(document))).toEqual([]);
      const plain = detail
        .toWellFormed()
        .replace(/\r\n?/g, "\n")
        .replace(/(?![\n\t])\p{Cc}|[\ufffe\uffff]/gu, "");
      const failure = testCases(readXml(document)).flatMap((found) => childOf(found, "failure") ?? []);
      expect(failure.map(({ attributes }) => attributes.message)).toEqual([plain]);
    }),
    { numRuns: 50 },
  );
});
