import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import type { Result } from "../../../src/measure/result.ts";
import { htmlReport } from "../../../src/report/html/page.ts";
import { madeUpArm, madeUpChain, madeUpMeasurement, madeUpResult } from "../measure/made-up.ts";
import { idsOf, readable, simulated } from "./html-support.ts";
import { fourArms, incomplete, oneTrial, severalChains, twoArms, unexplainedLoss } from "./results.ts";

const RESULTS: Readonly<Record<string, () => Result>> = {
  "two-arms": twoArms,
  "four-arms": fourArms,
  "unexplained-loss": unexplainedLoss,
  incomplete,
  "one-trial": oneTrial,
  "several-chains": severalChains,
};

describe.each(Object.entries(RESULTS))("%s", (name, make) => {
  test("says", () => expect(`${readable(htmlReport([make()]))}\n`).toMatchFileSnapshot(`golden/html-${name}.txt`));

  test("is the same bytes for the same result, whatever was drawn before", () => {
    const first = htmlReport([make()]);
    htmlReport([fourArms()]);
    expect(htmlReport([make()])).toBe(first);
  });

  test("loads nothing", () => {
    const page = htmlReport([make()]).replaceAll('xmlns="http://www.w3.org/2000/svg"', "");
    expect(page).not.toMatch(/https?:|\ssrc=|url\(\s*["']?(?!#)|@import/);
  });
});

describe("several results on one page", () => {
  let page: string;
  beforeAll(() => {
    page = htmlReport([twoArms(), fourArms(), severalChains()]);
  });

  test("no id is there twice, and what is referred to is there", () => {
    const ids = idsOf(page);
    expect(ids.length).toBeGreaterThan(50);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const referred = [
      ...[...page.matchAll(/ href="#([^"]+)"/g)].map(([, id = ""]) => id),
      ...[...page.matchAll(/ aria-(?:labelledby|describedby)="([^"]+)"/g)].map(([, id = ""]) => id),
      ...[...page.matchAll(/url\(#([^)]+)\)/g)].map(([, id = ""]) => id),
    ];
    expect(referred.length).toBeGreaterThan(50);
    expect(referred.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("the arms of one name stand together, with the ratio to the first of them", () => {
    const table = readable(page.slice(0, page.indexOf("1. pktgen-stats: comparison</h2>")));
    const rows = table.split("\n").filter((line) => line.startsWith("vhost-user |"));
    expect(rows).toHaveLength(3);
    expect(rows.map((row) => row.split(" | ").slice(1, 2).join())).toEqual([
      "1. pktgen-stats",
      "2. pktgen-stats",
      "3. pktgen-stats",
    ]);
    expect(rows[0]).toMatch(/\| 2\.45 \| 1\.00 \|/);
  });
});

describe("text from files cannot do anything", () => {
  const EVIL = `<img src=x onerror=alert(1)> & "quoted" 'single' {a|b} \u202Egpj\u0000`;
  let page: string;
  beforeAll(() => {
    const point = { at: EVIL, counter: EVIL, packets: 4_000_000, drops: [] };
    const chain = { ...madeUpChain({ chain: EVIL, full: 5 }) };
    const trials = ["one", "two"].map((round, index) =>
      makeTrial(
        madeUpMeasurement({
          arm: EVIL,
          purpose: `${EVIL} ${round}`,
          round: index,
          chains: [{ ...chain, points: [point, ...chain.points] }],
        }),
      ),
    );
    const arm = { ...madeUpArm("vhost-user"), name: EVIL };
    const result = madeUpResult(["vhost-user"], trials, { arms: [arm] });
    const topology = {
      ...result.topology,
      name: EVIL,
      file: `${EVIL}.yaml`,
      text: `name: ${EVIL}\n</pre></script><script>`,
    };
    page = htmlReport([{ ...result, topology, errors: [EVIL], host: { ...result.host, hostname: EVIL } }]);
  });

  test("no element of theirs is on the page", () => {
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot; &#39;single&#39;");
    expect(page).not.toMatch(/<img/i);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<\/pre>/g)).toHaveLength(2);
  });

  test("nor characters that hide or turn text", () => {
    expect(page).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  test("the command is quoted for a shell", () => {
    expect(readable(page)).toContain(
      `corebed compare '<img src=x onerror=alert(1)> & "quoted" '\\''single'\\'' {a|b} gpj.yaml'`,
    );
  });
});

test("the policy lets the page's own script run and nothing else", () => {
  const page = htmlReport([twoArms()]);
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(script).digest("base64");
  expect(page).toContain(`script-src &#39;sha256-${hash}&#39;;`);
  expect(page).toContain("default-src &#39;none&#39;");
});

test("a result without its labs is shown without what only they tell", () => {
  const page = htmlReport([{ ...twoArms(), labs: {} }]);
  expect(page).toContain("Where the packets went</h2>");
  expect(page).not.toContain("What limited the throughput");
});

test("a result without any trial says so", () => {
  expect(readable(htmlReport([madeUpResult(["vhost-user"], [])]))).toContain("No trial is usable: there is no figure.");
  expect(readable(htmlReport([madeUpResult([], [])]))).toContain("Nothing was measured.");
});

test.each([
  ["run", "throughput-search", [], /^NDR, at most 0 % lost: [\d.]+ Mpps/m],
  ["run", "pktgen-stats", ["--measure", "soak"], /^[\d.]+ s in \d intervals: /m],
  [
    "run",
    "pktgen-stats",
    ["--measure", "loss-curve"],
    /^vhost-user forwarded at most [\d.]+ Mpps; the highest load without loss was [\d.]+ Mpps\.$/m,
  ],
  [
    "run",
    "pktgen-stats",
    ["--measure", "max"],
    /^vhost-user delivered [\d.]+ Mpps \([\d.]+ to [\d.]+ Mpps in 3 trials\), [\d.]+ % lost\.$/m,
  ],
  [
    "sweep",
    "chain-length",
    [],
    /^chainLength=2 delivered most, [\d.]+ Mpps; chainLength=6 delivered least, [\d.]+ Mpps\.$/m,
  ],
] as const)("the answer of %s %s %j comes first", async (command, topology, options, sentence) => {
  const text = readable(htmlReport([await simulated(command, topology, ...options)]));
  expect(text.slice(0, text.indexOf("Measured on"))).toMatch(sentence);
});
