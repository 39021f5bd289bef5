import { expect, test } from "vitest";
import { specDigest } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { LABEL, labelsOf, specOf } from "../../../src/provision/labels.ts";
import { example, labOf } from "../lab/make-lab.ts";

const RESOURCES = labResources(labOf(example("mixed-hops.yaml")));

test("labels say whose a thing is, which it is, and give its spec back as it was", () => {
  for (const resource of RESOURCES) {
    const labels = labelsOf(resource);
    expect(labels).toMatchObject({ [LABEL.lab]: "mixed-hops", [LABEL.resource]: resource.id });
    const spec = specOf(labels);
    expect(spec && specDigest(spec)).toBe(labels[LABEL.digest]);
    expect(labels[LABEL.digest]).toBe(specDigest(resource.spec));
  }
});

test("all labels are corebed's own", () => {
  const keys = new Set([...RESOURCES.flatMap((resource) => Object.keys(labelsOf(resource))), ...Object.values(LABEL)]);
  expect([...keys].filter((key) => !key.startsWith("corebed."))).toEqual([]);
});

test.each([undefined, "", "{", "null"])("a spec label of %j is no spec", (text) => {
  expect(specOf(text === undefined ? {} : { [LABEL.spec]: text })).toBeUndefined();
});
