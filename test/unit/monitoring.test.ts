import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { DASHBOARDS } from "../../scripts/dashboards.ts";
import { FAMILIES } from "../../src/run/exporter/families.ts";
import { RESULT_FAMILIES } from "../../src/run/exporter/result-families.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const rules = parse(read("monitoring/prometheus/rules.yml")) as {
  readonly groups: readonly { readonly rules: readonly { readonly record?: string; readonly expr: string }[] }[];
};
const all = rules.groups.flatMap((group) => group.rules);

test.each(Object.keys(DASHBOARDS))("%s is what scripts/dashboards.ts makes", (name) => {
  expect(JSON.parse(read(`monitoring/grafana/dashboards/${name}`))).toEqual(DASHBOARDS[name]);
});

test("dashboards and rules only ask for metrics that there are", () => {
  const known = new Set([
    ...Object.keys(FAMILIES),
    ...Object.keys(RESULT_FAMILIES),
    ...all.flatMap(({ record }) => record ?? []),
    "corebed_chain_latency_seconds_bucket",
  ]);
  const asked = [JSON.stringify(DASHBOARDS), ...all.map(({ expr }) => expr)].flatMap(
    (text) => text.match(/\b(?:lab\w*:)?corebed_\w+(?::\w+)?/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(40);
  expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([]);
});

test("docker-compose.yml pins every image, listens on loopback only, and mounts what there is", () => {
  const compose = parse(read("docker-compose.yml")) as {
    readonly services: Readonly<
      Record<string, { readonly image: string; readonly volumes?: readonly string[]; readonly ports?: unknown }>
    >;
  };
  for (const [name, { image, volumes = [], ports }] of Object.entries(compose.services)) {
    expect(image, name).toMatch(/:v?\d[\w.-]*$/);
    // On the host's network a listener has the address that it is told, and no port of Docker's.
    expect(ports, name).toBeUndefined();
    for (const [source = ""] of volumes.map((volume) => volume.split(":")))
      if (source.startsWith(".")) expect(existsSync(new URL(`../../${source}`, import.meta.url)), source).toBe(true);
  }
  expect(read("docker-compose.yml").match(/127\.0\.0\.1/g)?.length).toBeGreaterThanOrEqual(4);
});
