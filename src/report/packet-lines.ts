import { formatCount, formatPercent } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";

/** Where an arm's packets went: a sentence, and a line for each place where some were lost. */
export interface PacketLines {
  readonly summary: string;
  readonly places: readonly { readonly packets: string; readonly text: string; readonly counter: string | undefined }[];
}

/** In words, over all usable trials of the arm. */
export function packetLines(arm: Arm): PacketLines {
  const { offered, received, droppedByReason, unexplained } = arm.packets;
  if (offered === 0) {
    return { summary: arm.throughputPps ? "nothing was sent." : "no trial is usable.", places: [] };
  }
  const missing = offered - received;
  const places = [
    ...droppedByReason.map((drop) => ({
      packets: formatCount(drop.packets),
      text: `${drop.reason}, before ${drop.at}`,
      counter: drop.counter,
    })),
    ...unexplained
      .filter((gap) => gap.packets !== 0)
      .map((gap) => ({ packets: formatCount(Math.abs(gap.packets)), text: gapText(gap), counter: undefined })),
  ];
  const arrived = `${formatCount(received)} of ${formatCount(offered)} packets arrived`;
  if (missing === 0 && places.length === 0) return { summary: `all ${formatCount(offered)} packets arrived.`, places };
  if (missing < 0) return { summary: `${arrived}, ${formatCount(-missing)} too many:`, places };
  return { summary: `${arrived}, ${formatCount(missing)} (${formatPercent(missing / offered)}) did not:`, places };
}

function gapText(gap: Arm["packets"]["unexplained"][number]): string {
  const between = `between ${gap.after} and ${gap.before}`;
  return gap.packets > 0 ? `unexplained: lost ${between}, by no counter` : `unexplained: came from nowhere ${between}`;
}
