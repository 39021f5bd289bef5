import { formatCount } from "../../measure/quantity.ts";
import type { Arm } from "../../measure/result.ts";
import { packetLines } from "../packet-lines.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";

interface Place {
  readonly chain: string;
  readonly at: string;
  readonly counter: string;
  packets: number;
  dropped: number;
  unexplained: number;
}

/** Where each arm's packets went: a sentence, the drops, and the whole ledger to unfold. */
export function packets(arms: readonly Arm[]): readonly Markup[] {
  return arms.map((arm) => {
    const { summary, places } = packetLines(arm);
    const label = `Ledger of ${arm.name}`;
    const points = ledgerOf(arm);
    return html`<p><strong>${arm.name}</strong>: ${summary}</p>
${places.length > 0 && html`<ul>${places.map(({ packets, text, counter }) => html`<li>${packets} ${text}${counter !== undefined && html` <span class="muted">(${counter})</span>`}</li>`)}</ul>`}
${
  points.length > 0 &&
  html`<details><summary>${label}: every place that counts, all usable trials added up</summary>
${dataTable({ label, columns: COLUMNS, rows: points.map(rowOf) })}</details>
`
}`;
  });
}

const COLUMNS = [
  { header: "place" },
  { header: "chain" },
  { header: "packets", align: "right" },
  { header: "dropped before it", align: "right" },
  { header: "unexplained", align: "right" },
  { header: "counter" },
] as const;

function rowOf({ at, chain, packets, dropped, unexplained, counter }: Place): readonly string[] {
  return [at, chain, formatCount(packets), formatCount(dropped), formatCount(unexplained), counter];
}

function ledgerOf({ trials }: Arm): readonly Place[] {
  const places = new Map<string, Place>();
  for (const { chain, direction, ledger } of trials.filter(({ usable }) => usable).flatMap(({ chains }) => chains)) {
    const name = direction === undefined ? chain : `${chain}, reverse`;
    for (const { at, counter, packets, drops, unexplained } of ledger.points) {
      const key = JSON.stringify([name, at, counter]);
      const place = places.get(key) ?? { chain: name, at, counter, packets: 0, dropped: 0, unexplained: 0 };
      place.packets += packets;
      place.dropped += drops.reduce((sum, drop) => sum + drop.packets, 0);
      place.unexplained += unexplained;
      places.set(key, place);
    }
  }
  return [...places.values()];
}
