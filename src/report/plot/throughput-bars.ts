import { formatNumber, formatPercent, formatRate } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import type { SearchOutcome } from "../../measure/search/outcome.ts";
import { armHeader } from "../arm-table.ts";
import type { Dot, Plot } from "./plot.ts";
import { barRows, type Row, rowsHeightPx } from "./row-plot.ts";
import { trialTitle } from "./trial-title.ts";

const MEGA = 1e-6;
const AXIS = "Mpps delivered";

/** Throughput of each arm as a bar: of plain trials their median with all of them as dots, of a search what it found. */
export function throughputBars(result: Result): Plot | undefined {
  if (!result.arms.some(({ throughputPps }) => throughputPps !== undefined)) return undefined;
  switch (result.method.kind) {
    case "fixed-rate":
    case "max-rate":
      return trialBars(result.arms);
    case "search":
    case "latency-profile":
      return goalBars(result.arms);
    default:
      return undefined;
  }
}

function trialBars(arms: readonly Arm[]): Plot {
  const measured = arms.map((arm) => ({ arm, interval: arm.throughputInterval }));
  const rows = measured.map(({ arm, interval }): Row => {
    const value = arm.throughputPps?.median;
    return {
      label: arm.name,
      text: value === undefined ? "no usable trial" : formatRate(value),
      value: value === undefined ? undefined : value * MEGA,
      interval: interval && { low: interval.low * MEGA, high: interval.high * MEGA },
      dots: dotsOf(arm),
    };
  });
  const intervals = measured.flatMap(({ interval }) => interval ?? []);
  const sure = Math.min(...intervals.map(({ confidence }) => confidence));
  const sureText = intervals.length === 0 ? "" : ` Lines: interval of the median, ${formatPercent(sure)} or more sure.`;
  const hollow = rows.some(({ dots }) => dots.some((dot) => dot.hollow)) ? "; rings are in no figure" : "";
  return {
    id: "throughput",
    title: "Throughput",
    description: `Bars of packets delivered a second. ${rows.map(({ label, text }) => `${label}: ${text}`).join("; ")}.`,
    caption: `Bars: median of the usable trials.${sureText} Dots: every trial${hollow}.`,
    table: {
      columns: [
        { header: armHeader(arms) },
        { header: "median Mpps", align: "right" },
        { header: "interval", align: "right" },
        { header: "sure", align: "right" },
        { header: "trials, Mpps" },
      ],
      rows: measured.map(({ arm, interval }) => [
        arm.name,
        arm.throughputPps ? formatNumber(arm.throughputPps.median * MEGA) : "-",
        interval ? `${formatNumber(interval.low * MEGA)} to ${formatNumber(interval.high * MEGA)}` : "-",
        interval ? formatPercent(interval.confidence) : "-",
        arm.trials
          .map(({ throughputPps, usable }) => formatNumber(throughputPps * MEGA) + (usable ? "" : " (unused)"))
          .join(", "),
      ]),
    },
    heightPx: () => rowsHeightPx(rows),
    option: (widthPx) => barRows(rows, AXIS, widthPx),
  };
}

function dotsOf({ trials }: Arm): readonly Dot[] {
  return trials.map((trial) => ({
    x: trial.throughputPps * MEGA,
    y: 0,
    title: trialTitle(trial),
    hollow: !trial.usable,
  }));
}

/** One bar for each goal of each arm's search, from what is known to pass to what is known to fail. */
function goalBars(arms: readonly Arm[]): Plot | undefined {
  const rows = arms.flatMap((arm) =>
    (searchOf(arm)?.goals ?? []).map(({ goal, conditionalThroughputPps: found, lowerPps, upperPps }): Row => {
      const name = `${goal.name}, at most ${formatPercent(goal.lossRatio)} lost`;
      return {
        label: arms.length > 1 ? `${arm.name} ${goal.name}` : name,
        text: found === undefined ? "not found" : formatRate(found),
        value: found === undefined ? undefined : found * MEGA,
        interval:
          lowerPps === undefined || upperPps === undefined
            ? undefined
            : { low: lowerPps * MEGA, high: upperPps * MEGA },
        dots: [],
      };
    }),
  );
  if (!rows.some(({ value }) => value !== undefined)) return undefined;
  return {
    id: "throughput",
    title: "Throughput found by the search",
    description: `Bars of the loads found. ${rows.map(({ label, text }) => `${label}: ${text}`).join("; ")}.`,
    caption:
      "Bars: conditional throughput (RFC 9971). Lines: from the highest load that meets the goal to the lowest that is known to fail it.",
    table: {
      columns: [
        { header: "goal" },
        { header: "Mpps", align: "right" },
        { header: "meets it, Mpps", align: "right" },
        { header: "fails it, Mpps", align: "right" },
      ],
      rows: rows.map(({ label, value, interval }) => [
        label,
        shown(value),
        shown(interval?.low),
        shown(interval?.high),
      ]),
    },
    heightPx: () => rowsHeightPx(rows),
    option: (widthPx) => barRows(rows, AXIS, widthPx),
  };
}

function searchOf({ outcome }: Arm): SearchOutcome | undefined {
  if (outcome?.kind === "search") return outcome;
  return outcome?.kind === "latency-profile" ? outcome.search : undefined;
}

function shown(value: number | undefined): string {
  return value === undefined ? "-" : formatNumber(value);
}
