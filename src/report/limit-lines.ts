import { formatNumber } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import { median } from "../measure/summary.ts";

/** Less came to the hop than it lets through: the figure says nothing about the limit. */
const ENOUGH = 1.02;

/** Asked and achieved of every limited hop of an arm side by side, by the medians of its usable trials; none where no hop has a limit. */
export function limitLines(arm: Arm): readonly string[] {
  const chains = arm.trials.filter(({ usable }) => usable).flatMap((trial) => trial.chains);
  const all = chains.flatMap(({ chain, limits }) => (limits ?? []).map((limit) => ({ ...limit, chain })));
  const places = [...new Set(all.map(({ chain, from }) => `${chain} ${from}`))];
  return places.flatMap((place) => {
    const own = all.filter(({ chain, from }) => `${chain} ${from}` === place);
    const [first] = own;
    if (first === undefined) return [];
    const [achieved, offered] = [median(own.map((hop) => hop.achievedBps)), median(own.map((hop) => hop.offeredBps))];
    const hop = `${first.from} to ${first.to} of ${first.chain}, held at ${first.at === "meter" ? "a meter" : first.at}`;
    const rates = `asked ${bits(first.askedBps)}, achieved ${bits(achieved)}`;
    const less = offered < first.askedBps * ENOUGH ? `; only ${bits(offered)} came to it` : "";
    return [`${hop}: ${rates} (${signed(achieved / first.askedBps - 1)})${less}`];
  });
}

function bits(perSecond: number): string {
  return perSecond < 1e9 ? `${formatNumber(perSecond / 1e6)} Mbit/s` : `${formatNumber(perSecond / 1e9)} Gbit/s`;
}

/** `+0.4 %`: a difference to the tenth, since more digits are noise. */
function signed(ratio: number): string {
  const percent = (ratio * 100).toFixed(1);
  return `${ratio > 0 ? "+" : ""}${percent} %`;
}
