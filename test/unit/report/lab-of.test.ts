import { expect, test } from "vitest";
import { labOf } from "../../../src/report/html/lab-of.ts";
import { htmlReport } from "../../../src/report/html/page.ts";
import { madeUpLab } from "../measure/made-up.ts";
import { simulated } from "./html-support.ts";
import { twoArms } from "./results.ts";

test("the labs of a written result are labs", async () => {
  const result = await simulated("run", "shared-nf", "--trials", "1");
  for (const { lab } of result.arms) expect(labOf(result, lab)?.nfs).not.toEqual([]);
});

const lab = madeUpLab("vhost-user");
test.each([
  ["another version's", { ...lab, schema: "corebed/lab/2" }],
  ["owners of nothing", { ...lab, cpus: { ...lab.cpus, owners: [null] } }],
  ["an NF that is a word", { ...lab, nfs: ["gen"] }],
  ["a hop without ends", { ...lab, hops: [{ chain: "main", datapath: "memif" }] }],
  ["a chain without a path", { ...lab, chains: [{ name: "main" }] }],
  ["parts of hosts without CPUs", { ...lab, parts: [{ host: "a", lab: {} }] }],
])("%s is no lab, and a report does without", (_name, broken) => {
  const whole = twoArms();
  const name = whole.arms[1]?.lab ?? "";
  expect(labOf(whole, name)).toBeDefined();
  const result = { ...whole, labs: { ...whole.labs, [name]: broken } };
  expect(labOf(result, name)).toBeUndefined();
  expect(htmlReport([result])).toContain("</html>");
});

test("a lab by a name of JavaScript's own is none", () => {
  expect(labOf(twoArms(), "constructor")).toBeUndefined();
});
