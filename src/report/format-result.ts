import { formatNumber, packetRateUnit } from "../measure/quantity.ts";
import type { Arm, Result } from "../measure/result.ts";
import { armTable, ratioOf } from "./arm-table.ts";
import { barChart } from "./bar-chart.ts";
import { chainTable } from "./chain-table.ts";
import { flagLines } from "./flag-lines.ts";
import { cautions, headline, SIMULATED, whereMeasured } from "./headline.ts";
import { limitLines } from "./limit-lines.ts";
import { outcomeText } from "./outcome-text.ts";
import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { packetLines } from "./packet-lines.ts";
import type { Column } from "./table.ts";
import { table } from "./table.ts";
import { hanging } from "./text.ts";
import { comparisonSentence, verdictSentence } from "./verdict-sentence.ts";

type Lines = readonly string[];

/** A result as text for a terminal or a log; ends with a line feed. */
export function formatResult(result: Result, output: Output): string {
  const { arms } = result;
  const [first, ...others] = arms;
  const chains = chainTable(arms);
  const sections: readonly Lines[] = [
    [
      ...simulatedLines(result, output),
      ...hanging("", headline(result), output).map((line) => paint("bold", line, output)),
      ...cautions(result).flatMap((text) => hanging("! ", text, output, paint("yellow", "! ", output))),
    ],
    tableLines(armTable(arms), output),
    chains ? tableLines(chains, output) : [],
    others.length > 0 ? chartLines(arms, output) : [],
    first && result.kind !== "sweep" ? others.flatMap((arm) => hanging("", verdictSentence(arm, first), output)) : [],
    titled("What was found", foundLines(arms, output), output),
    titled("Limits", limitText(arms, output), output),
    titled("Against the baseline", baselineLines(result, output), output),
    titled(
      "Where the packets went",
      arms.flatMap((arm) => whereTheyWent(arm, output)),
      output,
    ),
    titled(
      "To know",
      flagLines(arms).flatMap(({ text }) => hanging("! ", text, output, paint("yellow", "! ", output))),
      output,
    ),
    titled("Expectations", expectationLines(result, output), output),
    hanging("", whereMeasured(result), output).map((line) => paint("dim", line, output)),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${text.join("\n\n")}\n`;
}

/** Before anything else: no figure below it is a measurement. */
function simulatedLines({ simulated }: Result, output: Output): Lines {
  return simulated ? hanging("", SIMULATED, output).map((line) => paint("yellow", line, output)) : [];
}

function titled(title: string, lines: Lines, output: Output): Lines {
  return lines.length === 0 ? [] : [paint("bold", title, output), ...lines];
}

function tableLines(
  { columns, rows }: { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] },
  output: Output,
): Lines {
  const { lines, dropped } = table(columns, rows, output);
  const note = `Left out for want of width: ${dropped.join(", ")}.`;
  return dropped.length === 0 ? lines : [...lines, ...hanging("", note, output)];
}

function chartLines(arms: readonly Arm[], output: Output): Lines {
  const unit = packetRateUnit(arms.map(({ throughputPps }) => throughputPps?.median));
  const measured = arms.flatMap(({ name, throughputPps }) =>
    throughputPps
      ? [{ label: name, value: throughputPps.median, text: formatNumber(throughputPps.median / unit.size) }]
      : [],
  );
  return titled(`Delivered, ${unit.name}`, barChart(measured, output), output);
}

function baselineLines({ baseline }: Result, output: Output): Lines {
  if (baseline === undefined) return [];
  const other = `that of ${baseline.startedAt.slice(0, 16).replace("T", " ")}`;
  return [
    ...baseline.arms.flatMap(({ name, comparison }) =>
      hanging("", comparisonSentence(comparison, ratioOf(comparison) ?? 0, name, other), output),
    ),
    ...baseline.differences.flatMap(({ sentence }) => hanging("! ", sentence, output, paint("yellow", "! ", output))),
  ];
}

function foundLines(arms: readonly Arm[], output: Output): Lines {
  return arms.flatMap((arm) => {
    const name = arms.length > 1 ? `${arm.name}: ` : "";
    return outcomeText(arm, name, output);
  });
}

function limitText(arms: readonly Arm[], output: Output): Lines {
  return arms.flatMap((arm) => {
    const name = arms.length > 1 ? `${arm.name}: ` : "";
    return limitLines(arm).flatMap((line) => hanging("", `${name}${line}`, output));
  });
}

function whereTheyWent(arm: Arm, output: Output): Lines {
  const { summary, places } = packetLines(arm);
  const widest = Math.max(0, ...places.map((place) => place.packets.length));
  return [
    ...hanging("", `${arm.name}: ${summary}`, output),
    ...places.flatMap(({ packets, text, counter }) =>
      hanging(`  ${packets.padStart(widest)}  `, counter === undefined ? text : `${text} (${counter})`, output),
    ),
  ];
}

function expectationLines(result: Result, output: Output): Lines {
  return result.expectations.flatMap(({ text, passed, detail }) => {
    const mark = passed ? "pass  " : "FAIL  ";
    return [
      ...hanging(mark, text, output, paint(passed ? "green" : "red", mark, output)),
      ...hanging("      ", detail, output),
    ];
  });
}
