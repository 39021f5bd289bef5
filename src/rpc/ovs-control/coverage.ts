import { OvsTextError } from "./fields.ts";

/** Parses the answer of `coverage/read-counter`: one number. Throws {@link OvsTextError}. */
export function parseCoverageCounter(text: string): number {
  if (!/^\d+\n?$/.test(text)) throw new OvsTextError(`expected a number, got ${JSON.stringify(text.slice(0, 80))}`);
  return Number(text);
}

/** Parses `coverage/show` to totals by counter name. Counters that never happened are not in the text, nor here. */
export function parseCoverageTotals(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\w+) .* total: (\d+)$/gm)].map(([, name = "", total]) => [name, Number(total)]));
}
