import fc from "fast-check";
import { expect, test } from "vitest";
import { hasHidden, hideValues } from "../../../src/topology/hide-values.ts";
import { parse } from "../lab/make-lab.ts";

const FILE = `name: own   # keep me
cores: { 0: switch, 1: gen, 2: mine, 3: other }
nfs:
  gen: { app: pktgen }
  mine:
    image: acme/probe
    env:
      TOKEN: s3cret  # not me
      KEY: |
        line s3cret
        another
      QUOTED: "s3c\\
        ret s3cret"
      EMPTY: ""
  other: { image: acme/probe, env: { A: s3cret, B: 's3cret' } }
chains: { main: [gen, mine], more: [other, mine2] }
`;

test("values of env go, in every form of YAML, and nothing else", () => {
  expect(hideValues(FILE)).toBe(`name: own   # keep me
cores: { 0: switch, 1: gen, 2: mine, 3: other }
nfs:
  gen: { app: pktgen }
  mine:
    image: acme/probe
    env:
      TOKEN: "(hidden)"  # not me
      KEY: "(hidden)"
      QUOTED: "(hidden)"
      EMPTY: "(hidden)"
  other: { image: acme/probe, env: { A: "(hidden)", B: "(hidden)" } }
chains: { main: [gen, mine], more: [other, mine2] }
`);
  expect(hideValues(hideValues(FILE))).toBe(hideValues(FILE));
  expect([hasHidden(FILE), hasHidden(hideValues(FILE))]).toEqual([false, true]);
});

test("a file with hidden values is a topology still, whatever the values were", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { minLength: 1, maxLength: 4 }), (values) => {
      const env = Object.fromEntries(
        values.map((value, i) => [`V${i}`, `s3cret${value.replaceAll(/\p{Cc}|\p{Cs}/gu, "")}`]),
      );
      const nfs = { gen: { app: "pktgen" }, mine: { image: "acme/probe", env } };
      const text = `name: own
cores: { 0: switch, 1: gen, 2: mine }
nfs: ${JSON.stringify(nfs, null, 2)}
chains: { main: [gen, mine] }
`;
      const hidden = hideValues(text);
      expect(hidden).not.toContain("s3cret");
      expect(parse(hidden).topology.nfs[1]?.env).toEqual(
        Object.fromEntries(Object.keys(env).map((name) => [name, "(hidden)"])),
      );
    }),
  );
});
