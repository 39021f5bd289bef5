import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FAMILIES } from "../../../../src/run/exporter/families.ts";
import { RESULT_FAMILIES } from "../../../../src/run/exporter/result-families.ts";

test("docs/metrics.md has every metric with its type and labels, and no other", () => {
  const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \| (?:`([\w ]+)`)? ?\|/gm)];
  const documented = rows.map(([, name, type, labels = ""]) => ({ name, type, labels: labels.split(" ").toSorted() }));
  const exported = Object.entries({ ...FAMILIES, ...RESULT_FAMILIES }).map(([name, { type, labels }]) => ({
    name,
    type,
    labels: labels.length === 0 ? [""] : [...labels].toSorted(),
  }));
  const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
    String(a.name).localeCompare(String(b.name));
  expect(documented.toSorted(byName)).toEqual(exported.toSorted(byName));
});
