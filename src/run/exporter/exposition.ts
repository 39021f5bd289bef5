import { Counter, Gauge, Registry } from "prom-client";
import { FAMILIES, type FamilyName, type MetricSample } from "./families.ts";

/**
 * The samples in Prometheus' text format. A fresh registry for each scrape: the counters live in the NFs, the switch and the kernel, so there is nothing
 * to keep, and what is gone there cannot linger here.
 */
export async function toExposition(
  samples: readonly MetricSample[],
): Promise<{ readonly contentType: string; readonly text: string }> {
  const registry = new Registry();
  const names = new Set(samples.map(({ name }) => name));
  const metrics = new Map([...names].map((name) => [name, makeMetric(name, registry)]));
  for (const { name, labels, value } of samples) metrics.get(name)?.(labels, value);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** How to put a value into a new metric of that name. */
function makeMetric(name: FamilyName, registry: Registry): (labels: MetricSample["labels"], value: number) => void {
  const { type, help, labels: labelNames } = FAMILIES[name];
  const settings = { name, help, labelNames: [...labelNames], registers: [registry] };
  if (type === "gauge") {
    const gauge = new Gauge(settings);
    return (labels, value) => gauge.set(labels, value);
  }
  const counter = new Counter(settings);
  return (labels, value) => counter.inc(labels, value);
}
