import { expect, test } from "vitest";
import type { Result } from "../../../src/measure/result.ts";
import { diagnosticAnnotations, githubAnnotation, resultAnnotations } from "../../../src/report/annotations.ts";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import { twoArms, unexplainedLoss } from "./results.ts";

const TEXT = `name: gate
cores: { 0: switch, 1: gen, 2: sink }
nfs:
  gen:  { app: pktgen }
  sink: { app: stats }
chains:
  main: [gen, sink]
compare: { datapaths: [docker-bridge, vhost-user], repeats: 5 }
expect:
  - throughput(vhost-user) >= 5 * throughput(docker-bridge)
  # a remark, and an empty line

  - loss(vhost-user) <= 0.1%
`;

function annotationsOf(result: Result, text = TEXT, file = "lab/gate.yaml"): readonly string[] {
  const parsed = parseTopology(new TextEncoder().encode(text), file);
  if (!parsed.ok)
    return diagnosticAnnotations(parsed.diagnostics).map((entry) => githubAnnotation(entry, (path) => path));
  const expected = parsed.topology.expect.map((expectation) => expectation.text);
  return resultAnnotations(result, parsed.source, expected).map((entry) =>
    githubAnnotation(entry, (path) => `repository/${path}`),
  );
}

test("a broken expectation is an error at its own line of the file", () => {
  const result: Result = {
    ...twoArms(),
    expectations: [
      { text: "throughput(vhost-user) >= 5 * throughput(docker-bridge)", passed: true, detail: "fine" },
      { text: "loss(vhost-user) <= 0.1%", passed: false, detail: "0.3 % is not <= 0.1 %" },
    ],
  };
  expect(annotationsOf(result)).toEqual([
    "::error file=repository/lab/gate.yaml,line=13,col=5,endColumn=29,title=Expectation broken%3A loss(vhost-user) <= 0.1%25::0.3 %25 is not <= 0.1 %25",
  ]);
});

test("a result with nothing to say against has none", () => {
  expect(annotationsOf({ ...twoArms(), expectations: [] })).toEqual([]);
});

test("packets that no counter explains are an error at the chains", () => {
  const lines = annotationsOf({ ...unexplainedLoss(), expectations: [] });
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^::error file=[^,]+,line=6,col=1,/);
});

test("what is wrong with the file is an error at its place, with what to do", () => {
  const [line] = annotationsOf(twoArms(), TEXT.replace("app: pktgen", "app: pktgn"), "lab.yaml");
  expect(line).toBe(
    '::error file=lab.yaml,line=4,col=16,endColumn=21,title=corebed%3A unknown-word::app of NF gen cannot be "pktgn"%0Adid you mean "pktgen"? write pktgen, stats, l2fwd, impair or testpmd',
  );
});

test("no name and no text can begin another command or leave its property", () => {
  const line = githubAnnotation(
    {
      level: "error",
      title: "a,b:c\n::set-env name=x::y",
      message: "one\r\n::stop-commands::x\u001b[31m 100%",
      span: { file: "odd, name:1\n.yaml", line: 1, column: 2, length: 0 },
    },
    (path) => path,
  );
  expect(line.split("\n")).toHaveLength(1);
  expect(line).toBe(
    "::error file=odd%2C name%3A1%0A.yaml,line=1,col=2,endColumn=3,title=a%2Cb%3Ac %3A%3Aset-env name=x%3A%3Ay::one%0A::stop-commands::x [31m 100%25",
  );
});
