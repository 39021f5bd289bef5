import type { Arm } from "../../measure/result.ts";
import { tellSetting } from "../../topology/named-settings.ts";

/** The arms of a sweep laid out along one of its parameters. */
export interface SweepAxis {
  readonly parameter: string;
  /** Lines: arms that are alike in all other parameters. */
  readonly lines: readonly SweepLine[];
  /** Whether equal factors of the parameter are to be equal distances. */
  readonly logarithmic: boolean;
  /** The values there are, ascending. */
  readonly values: readonly number[];
}

export interface SweepLine {
  /** The other parameters: 'datapath=vhost-user'; '' where there is none. */
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly arm: Arm }[];
}

/** A span larger than this is drawn with a logarithmic axis: flows from 1 to 10,000. */
const LINEAR_SPAN = 30;

const SCALES: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** The numeric parameter with the most values is the axis; undefined where no parameter has two numbers or more. */
export function sweepAxis(arms: readonly Arm[]): SweepAxis | undefined {
  const parameters = arms[0]?.settings.map(({ parameter }) => parameter) ?? [];
  const candidates = parameters
    .map((parameter) => ({ parameter, values: numbersOf(arms, parameter) }))
    .filter(({ values }) => values !== undefined && values.length > 1)
    .toSorted((a, b) => (b.values?.length ?? 0) - (a.values?.length ?? 0));
  const [chosen] = candidates;
  if (chosen?.values === undefined) return undefined;
  const { parameter, values } = chosen;
  const lowest = values[0] ?? 0;
  return {
    parameter,
    values,
    logarithmic: lowest > 0 && (values.at(-1) ?? 0) / lowest > LINEAR_SPAN,
    lines: linesOf(arms, parameter),
  };
}

/** Its values ascending, each once; undefined where one is no number. */
function numbersOf(arms: readonly Arm[], parameter: string): readonly number[] | undefined {
  const values = arms.map((arm) => numberOf(settingOf(arm, parameter)));
  const numbers = values.filter((value) => value !== undefined);
  if (numbers.length < values.length) return undefined;
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function linesOf(arms: readonly Arm[], parameter: string): readonly SweepLine[] {
  const byName = new Map<string, { readonly x: number; readonly arm: Arm }[]>();
  for (const arm of arms) {
    const x = numberOf(settingOf(arm, parameter));
    if (x === undefined) continue;
    const others = arm.settings.filter((setting) => setting.parameter !== parameter);
    const name = others.map(tellSetting).join(" ");
    byName.set(name, [...(byName.get(name) ?? []), { x, arm }]);
  }
  return [...byName].map(([name, points]) => ({ name, points: points.toSorted((a, b) => a.x - b.x) }));
}

function settingOf({ settings }: Arm, parameter: string): string {
  return settings.find((setting) => setting.parameter === parameter)?.value ?? "";
}

/** A number as files spell it: 64, 0.5, 10k, 2 Mpps, 50 %. Units need not be told apart: all values of a parameter have the same kind. */
function numberOf(text: string): number | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*([kmg]?)(?:pps|bps|bit\/s|bits\/s|b|%)?\s*$/i.exec(text);
  const scale = SCALES[match?.[2]?.toLowerCase() ?? "none"];
  return match === null || scale === undefined ? undefined : Number(match[1]) * scale;
}
