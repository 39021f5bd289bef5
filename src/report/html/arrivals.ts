import { formatCount, formatNumber } from "../../measure/quantity.ts";
import type { Receiver } from "../../measure/receiver.ts";
import type { Arm } from "../../measure/result.ts";
import type { ChainTrial } from "../../measure/trial.ts";
import { html, type Markup } from "./markup.ts";

const MICROSECOND_NS = 1000;
/** More than these in a row are read by nobody; the result file has them all. */
const MOST_IN_ROW = 3;

/** What the last NF of each chain saw besides packets and latency, in the last usable trial of each arm; undefined where none told. */
export function arrivals(arms: readonly Arm[]): Markup | undefined {
  const told = arms.flatMap((arm) =>
    (arm.trials.findLast(({ usable }) => usable)?.chains ?? []).flatMap((chain) =>
      chain.receiver === undefined
        ? []
        : [{ name: `${arm.name}, ${chainName(chain)}`, chain, receiver: chain.receiver }],
    ),
  );
  if (told.length === 0) return undefined;
  const items = told.map(
    ({ name, chain, receiver }) => html`<li><strong>${name}</strong>: ${linesOf(chain, receiver).join("; ")}.</li>\n`,
  );
  return html`<p class="muted">In the last usable trial of each. Packets of one burst come at the same moment.</p>
<ul>${items}</ul>
`;
}

function chainName({ chain, direction }: ChainTrial): string {
  return direction === undefined ? `chain ${chain}` : `chain ${chain}, ${direction}`;
}

function linesOf({ reordered, duplicates }: ChainTrial, receiver: Receiver): readonly string[] {
  const { interArrivalNs: gap, sizes, protocols, reorder, flows } = receiver;
  const us = (nanoseconds: number) => `${formatNumber(nanoseconds / MICROSECOND_NS)} us`;
  const few = (texts: readonly string[]) =>
    texts.slice(0, MOST_IN_ROW).join(", ") + (texts.length > MOST_IN_ROW ? " and more" : "");
  const line = (what: string, texts: readonly string[]) => (texts.length === 0 ? [] : [`${what} ${few(texts)}`]);
  return [
    ...line(
      "frames of",
      sizes.map(([bytes, packets]) => `${bytes} bytes (${formatCount(packets)})`),
    ),
    ...(Object.keys(protocols).length === 0 ? [] : [`headers ${Object.keys(protocols).join(", ")}`]),
    ...(gap === undefined ? [] : [`between two packets ${us(gap.p50)} (p50), ${us(gap.p99)} (p99)`]),
    reordered === 0
      ? "none reordered"
      : `${formatCount(reordered)} reordered, by up to ${formatCount(reorder?.maxExtent ?? 0)} packets`,
    duplicates === 0 ? "no duplicates" : `${formatCount(duplicates)} duplicates`,
    ...(flows === undefined ? [] : [`${formatCount(flows.seen)} flows seen, ${formatCount(flows.withLoss)} with loss`]),
    ...line(
      "busiest",
      (flows?.top ?? []).map(({ flow, packets }) => `flow ${flow} (${formatCount(packets)} packets)`),
    ),
    ...line(
      "most lost by",
      (flows?.worst ?? []).map(({ flow, lost }) => `flow ${flow} (${formatCount(lost)})`),
    ),
  ];
}
