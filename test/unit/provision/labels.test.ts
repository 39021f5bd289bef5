import { expect, test } from "vitest";
import type { LabPart } from "../../../src/lab/lab.ts";
import { resolveSpread } from "../../../src/lab/resolve-spread.ts";
import { specDigest } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import type { Reader } from "../../../src/provision/driver.ts";
import { LABEL, labelsOf, specOf } from "../../../src/provision/labels.ts";
import { cpuClaims } from "../../../src/provision/observe.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf, parse } from "../lab/make-lab.ts";
import { spreadText } from "../lab/spread-text.ts";

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

test("what a lab on several hosts has of each host's network is read from its switch's labels", async () => {
  const lab = labOnTwoHosts();
  for (const [index, { lab: part }] of lab.parts.entries()) {
    const containers = labResources(part)
      .filter(({ kind }) => kind === "switch" || kind === "nf")
      .map((resource) => ({ State: "paused", Labels: labelsOf(resource) }));
    const claims = await cpuClaims({ docker: { containers: async () => containers } } as unknown as Reader);
    expect(claims).toHaveLength(2);
    expect(claims.flatMap(({ owner, uplink }) => (uplink === undefined ? [] : [{ owner, uplink }]))).toEqual([
      { owner: "switch", uplink: { parent: "eth1", address: `192.0.2.${index + 1}` } },
    ]);
  }
});

function labOnTwoHosts(): { readonly parts: readonly LabPart[] } {
  const { topology, source } = parse(spreadText());
  const facts = new Map(["a", "b"].map((hostname) => [hostname, hostWith(4, { hostname })]));
  const resolution = resolveSpread(topology, source, facts, { fold: false });
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.diagnostics));
  return { parts: resolution.lab.parts ?? [] };
}
