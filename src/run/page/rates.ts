import type { FamilyName, MetricSample } from "../exporter/families.ts";

type Labels = Readonly<Record<string, string>>;

/** One series of the exporter, as it stands and as it moves. */
interface Series {
  readonly labels: Labels;
  readonly value: number;
  /** Undefined without an earlier value, and where the counter went back: its source was started again. */
  readonly perSecond: number | undefined;
}

/** Rates between two readings, asked for as a Prometheus would: by name and some of the labels. */
export interface Rates {
  readonly matching: (name: FamilyName, labels: Labels) => readonly Series[];
  /** Sum over all that match; undefined if there is none, or one of them has no rate yet. */
  readonly sum: (name: FamilyName, labels: Labels) => number | undefined;
}

/** `seconds` lie between the two. */
export function ratesBetween(before: readonly MetricSample[], now: readonly MetricSample[], seconds: number): Rates {
  const earlier = new Map(before.map((sample) => [keyOf(sample), sample.value]));
  const byName = Map.groupBy(
    now.flatMap((sample) => {
      if (typeof sample.value !== "number") return [];
      const last = earlier.get(keyOf(sample));
      const known = typeof last === "number" && seconds > 0 && sample.value >= last;
      const perSecond = known ? (sample.value - last) / seconds : undefined;
      return [{ name: sample.name, labels: sample.labels, value: sample.value, perSecond }];
    }),
    ({ name }) => name,
  );
  const matching = (name: FamilyName, labels: Labels): readonly Series[] =>
    (byName.get(name) ?? []).filter((series) =>
      Object.entries(labels).every(([label, value]) => series.labels[label] === value),
    );
  return {
    matching,
    sum: (name, labels) => {
      const rates = matching(name, labels).map(({ perSecond }) => perSecond);
      if (rates.length === 0) return undefined;
      return rates.reduce((sum, rate) => (sum === undefined || rate === undefined ? undefined : sum + rate), 0);
    },
  };
}

/** `part / (part + rest)`; undefined where one is unknown or both are nothing. */
export function share(part: number | undefined, rest: number | undefined): number | undefined {
  if (part === undefined || rest === undefined || part + rest === 0) return undefined;
  return part / (part + rest);
}

function keyOf({ name, labels }: MetricSample): string {
  return `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}
