import { formatNumber } from "../../measure/quantity.ts";
import type { Arm } from "../../measure/result.ts";
import { SETTINGS } from "../../topology/named-settings.ts";
import { ratioOf } from "../arm-table.ts";
import type { Column } from "../table.ts";

/** How verdicts are told beside a ratio. */
const VERDICTS = { better: "better", worse: "worse", same: "the same", unknown: "cannot tell" } as const;

/**
 * What each named setting does to throughput against the first: the ratio with its interval, and whether that is more than noise. Undefined for a result that is not of
 * named settings alone.
 */
export function settingsTable(
  arms: readonly Arm[],
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } | undefined {
  const [first, ...others] = arms;
  const named = arms.every(({ settings }) => settings.length === 1 && settings[0]?.parameter === SETTINGS);
  if (first === undefined || others.length === 0 || !named) return undefined;
  return {
    columns: [
      { header: `against ${first.name}` },
      { header: "ratio", align: "right" },
      { header: "95 % interval", align: "right" },
      { header: "verdict" },
      { header: "trials", align: "right", drop: 1 },
    ],
    rows: others.map(({ name, comparison }) => {
      const ratio = ratioOf(comparison);
      const interval = comparison?.interval;
      return [
        name,
        ratio === undefined ? "-" : formatNumber(ratio),
        interval === undefined ? "-" : `${formatNumber(interval.low)}-${formatNumber(interval.high)}`,
        comparison === undefined ? "-" : VERDICTS[comparison.verdict],
        String(comparison?.n ?? 0),
      ];
    }),
  };
}
