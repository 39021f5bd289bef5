import { Gauge, Registry } from "prom-client";
import type { Result } from "../../measure/result.ts";
import { RESULT_FAMILIES } from "./result-families.ts";
import { resultSamples } from "./result-samples.ts";

/** A registry that holds the metrics of these results and no other. */
export function resultRegistry(results: readonly Result[]): Registry {
  const registry = new Registry();
  const samples = results.flatMap(resultSamples);
  const gauges = new Map(
    [...new Set(samples.map(({ name }) => name))].map((name) => {
      const { help, labels } = RESULT_FAMILIES[name];
      return [name, new Gauge({ name, help, labelNames: [...labels], registers: [registry] })];
    }),
  );
  for (const { name, labels, value } of samples) gauges.get(name)?.set({ ...labels }, value);
  return registry;
}
