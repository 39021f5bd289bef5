import type { Metric } from "../topology/topology.ts";

/** Three significant digits without an exponent: 0.128, 2.41, 18.9, 1840. Below a thousandth: "<0.001". */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.0005) return value < 0 ? ">-0.001" : "<0.001";
  if (size < 0.9995) return value.toFixed(3);
  if (size < 9.995) return value.toFixed(2);
  if (size < 99.95) return value.toFixed(1);
  return Math.round(value).toString();
}

/** Up to six significant digits, as few as it takes: for limits that people wrote, and for figures that differ from them by little. */
export function exactNumber(value: number): string {
  const text = String(Number(value.toPrecision(6)));
  return text.includes("e-") ? value.toFixed(12).replace(/0+$/, "") : text;
}

/** An integer with thousands separated: 12,345,678. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A ratio 0..1 as per cent: "3.10 %". Less than 100 % is never rounded up to it. */
export function formatPercent(ratio: number): string {
  const text = formatNumber(ratio * 100);
  return ratio < 1 && text === "100" ? "99.9 %" : `${text} %`;
}

/** Packets per second in Mpps: "2.41 Mpps". */
export function formatRate(packetsPerSecond: number): string {
  return `${formatNumber(packetsPerSecond / 1e6)} Mpps`;
}

/** A value of a metric in its base unit, with the unit that people use; `write` says with how many digits. */
export function formatMetric(metric: Metric, value: number, write: (value: number) => string = formatNumber): string {
  switch (metric) {
    case "throughput":
    case "ndr":
    case "pdr":
      return `${write(value / 1e6)} Mpps`;
    case "bandwidth":
      return `${write(value / 1e9)} Gbit/s`;
    case "loss":
      return write === formatNumber ? formatPercent(value) : `${write(value * 100)} %`;
    case "latency_p50":
    case "latency_p99":
      return `${write(value * 1e6)} us`;
  }
}
