import { packetCost } from "../../measure/packet-cost.ts";
import { formatNumber } from "../../measure/quantity.ts";
import type { Arm } from "../../measure/result.ts";
import { armHeader } from "../arm-table.ts";
import type { Column } from "../table.ts";

const NANO = 1e9;

/** What a delivered packet costs on each arm: time between two of them, and cycles by who spent them. Undefined where nothing was counted. */
export function costTable(
  arms: readonly Arm[],
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } | undefined {
  const costs = arms.map((arm) => ({ arm, cost: packetCost(arm) }));
  if (costs.every(({ cost }) => cost === undefined)) return undefined;
  const owners = [...new Set(costs.flatMap(({ cost }) => cost?.parts.map(({ owner }) => owner) ?? []))];
  const shown = (value: number | undefined) => (value === undefined ? "-" : formatNumber(value));
  return {
    columns: [
      { header: armHeader(arms) },
      { header: "ns between packets", short: "ns/packet", align: "right" },
      { header: "cycles/packet", short: "cycles", align: "right" },
      ...owners.map((header, index) => ({ header, align: "right" as const, drop: index + 1 })),
    ],
    rows: costs.map(({ arm, cost }) => [
      arm.name,
      shown(arm.throughputPps && NANO / arm.throughputPps.median),
      shown(cost?.cycles),
      ...owners.map((name) => shown(cost?.parts.find(({ owner }) => owner === name)?.cycles)),
    ]),
  };
}
