import { Counter, Gauge, type Metric, type MetricValueWithName, Registry } from "prom-client";
import { FAMILIES, type FamilyName, HOST_LABEL, type MetricSample } from "./families.ts";

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
function makeMetric(
  name: FamilyName,
  registry: Registry,
): (labels: MetricSample["labels"], value: MetricSample["value"]) => void {
  const { type, help, labels: labelNames } = FAMILIES[name];
  const settings = { name, help, labelNames: [...labelNames, HOST_LABEL], registers: [registry] };
  if (type === "histogram") return makeHistogram(name, help, registry);
  if (type === "gauge") {
    const gauge = new Gauge(settings);
    return (labels, value) => gauge.set(labels, Number(value));
  }
  const counter = new Counter(settings);
  return (labels, value) => counter.inc(labels, Number(value));
}

/** prom-client's own histogram only takes single observations; these were counted elsewhere. */
function makeHistogram(
  name: FamilyName,
  help: string,
  registry: Registry,
): (labels: MetricSample["labels"], value: MetricSample["value"]) => void {
  const values: MetricValueWithName<string>[] = [];
  registry.registerMetric({
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    get: async () => ({ name, help, type: "histogram", aggregator: "sum", values }),
  } as unknown as Metric);
  return (labels, value) => {
    if (typeof value === "number") throw new Error(`internal: ${name} is a histogram`);
    const bucket = (le: number | string, count: number) =>
      values.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count });
    for (const [edge, count] of value.cumulative) bucket(edge, count);
    bucket("+Inf", value.count);
    values.push({ metricName: `${name}_sum`, labels, value: value.sum });
    values.push({ metricName: `${name}_count`, labels, value: value.count });
  };
}
