import { formatPercent, formatRate, formatRateRange } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import type { MethodPoint } from "../../measure/search/outcome.ts";
import { latencySearchLines, outcomeLines } from "../outcome-lines.ts";
import { verdictSentence } from "../verdict-sentence.ts";

/** What the result says, in one sentence or a few: the first thing on its page. */
export function answer(result: Result): readonly string[] {
  const { arms, kind } = result;
  const [first, ...others] = arms;
  if (first === undefined) return ["Nothing was measured."];
  if (!arms.some(({ trials }) => trials.some(({ usable }) => usable)))
    return ["No trial is usable: there is no figure."];
  if (kind === "sweep") return sweepAnswer(arms);
  if (others.length > 0) return others.map((arm) => verdictSentence(arm, first));
  return runAnswer(first);
}

function runAnswer(arm: Arm): readonly string[] {
  const told = outcomeAnswer(arm);
  if (told.length > 0) return told.map((line) => (line.endsWith(".") ? line : `${line}.`));
  const { throughputPps, lossRatio } = arm;
  if (throughputPps === undefined) return [`${arm.name} has no figure.`];
  const spread =
    throughputPps.n > 1
      ? ` (${formatRateRange(throughputPps.min, throughputPps.max)} in ${throughputPps.n} trials)`
      : "";
  const lost = lossRatio === undefined ? "" : `, ${formatPercent(Math.max(0, lossRatio.median))} lost`;
  return [`${arm.name} delivered ${formatRate(throughputPps.median)}${spread}${lost}.`];
}

/** What the method found, where that is more than a throughput; what is left for the list of what was found is the rest. */
function outcomeAnswer(arm: Arm): readonly string[] {
  const { outcome } = arm;
  switch (outcome?.kind) {
    case "search":
    case "back-to-back":
    case "soak":
      return outcomeLines(arm);
    case "latency-profile":
      return latencySearchLines(outcome);
    case "loss-curve":
      return [
        lossAnswer(
          arm.name,
          outcome.points.filter(({ usable }) => usable),
        ),
      ];
    default:
      return [];
  }
}

function lossAnswer(name: string, points: readonly MethodPoint[]): string {
  if (points.length === 0) return `${name} has no figure`;
  const clean = points.filter(({ lossRatio }) => lossRatio === 0).map(({ loadPps }) => loadPps);
  const most = `${name} forwarded at most ${formatRate(Math.max(...points.map(({ forwardingPps }) => forwardingPps)))}`;
  return clean.length === 0
    ? `${most} and lost packets at every load that was tried`
    : `${most}; the highest load without loss was ${formatRate(Math.max(...clean))}`;
}

function sweepAnswer(arms: readonly Arm[]): readonly string[] {
  const measured = arms
    .flatMap(({ name, throughputPps }) => (throughputPps ? [{ name, pps: throughputPps.median }] : []))
    .toSorted((a, b) => b.pps - a.pps);
  const [fastest, slowest] = [measured[0], measured.at(-1)];
  if (fastest === undefined || slowest === undefined) return ["No combination has a figure."];
  const most = `${fastest.name} delivered most, ${formatRate(fastest.pps)}`;
  if (fastest === slowest) return [`${most}.`];
  return [`${most}; ${slowest.name} delivered least, ${formatRate(slowest.pps)}.`];
}
