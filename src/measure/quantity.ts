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

/** A unit that a figure is written in, and how much of the base unit it is. */
export interface Unit {
  readonly name: string;
  readonly size: number;
}

const PACKET_UNITS: readonly Unit[] = [
  { name: "Mpps", size: 1e6 },
  { name: "kpps", size: 1e3 },
  { name: "pps", size: 1 },
];
const BIT_UNITS: readonly Unit[] = [
  { name: "Gbit/s", size: 1e9 },
  { name: "Mbit/s", size: 1e6 },
  { name: "kbit/s", size: 1e3 },
];

/** Of less than this much of a unit three digits behind the point say too little. */
const LEAST_OF_UNIT = 0.1;

/** The unit for packet rates that stand together, such as those of a column: the largest in which the highest of them reads well. */
export function packetRateUnit(packetsPerSecond: readonly (number | undefined)[]): Unit {
  return unitFor(packetsPerSecond, PACKET_UNITS);
}

/** The same for bits per second. */
export function bitRateUnit(bitsPerSecond: readonly (number | undefined)[]): Unit {
  return unitFor(bitsPerSecond, BIT_UNITS);
}

/** Where nothing is known or nothing passed, the usual unit. */
function unitFor(values: readonly (number | undefined)[], units: readonly Unit[]): Unit {
  const highest = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  const fitting = units.find(({ size }) => highest === 0 || highest >= size * LEAST_OF_UNIT);
  return fitting ?? units.at(-1) ?? { name: "", size: 1 };
}

/** Packets per second in the unit that suits them: "2.41 Mpps", "1.20 kpps". */
export function formatRate(packetsPerSecond: number): string {
  return inUnit(packetsPerSecond, packetRateUnit([packetsPerSecond]), formatNumber);
}

/** From the lower to the higher of two packet rates, in one unit: "1.90 to 2.41 Mpps". */
export function formatRateRange(lowestPps: number, highestPps: number): string {
  const unit = packetRateUnit([highestPps]);
  return `${formatNumber(lowestPps / unit.size)} to ${formatNumber(highestPps / unit.size)} ${unit.name}`;
}

/** A value of a metric in its base unit, with the unit that people use; `write` says with how many digits. */
export function formatMetric(metric: Metric, value: number, write: (value: number) => string = formatNumber): string {
  switch (metric) {
    case "throughput":
    case "ndr":
    case "pdr":
      return inUnit(value, packetRateUnit([value]), write);
    case "bandwidth":
      return inUnit(value, bitRateUnit([value]), write);
    case "loss":
      return write === formatNumber ? formatPercent(value) : `${write(value * 100)} %`;
    case "latency_p50":
    case "latency_p99":
      return `${write(value * 1e6)} us`;
  }
}

function inUnit(value: number, { size, name }: Unit, write: (value: number) => string): string {
  return `${write(value / size)} ${name}`;
}
