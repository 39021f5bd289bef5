import type { Bench } from "./bench.ts";

/** What can be wrong after a fault, each with a column of the table. */
export const FINDINGS = {
  leak: "left behind",
  "wrong-result": "wrong results",
  hang: "hangs",
  "unclear-message": "unclear messages",
  "not-converged": "apply failed after",
  "not-destroyed": "destroy failed after",
  undone: "could not be done",
} as const;

export type FindingKind = keyof typeof FINDINGS;

/** One thing that was wrong, in the words of whoever looked. */
export interface Finding {
  readonly kind: FindingKind;
  /** Name of the case. */
  readonly in: string;
  readonly text: string;
}

/** One time that a fault is made to happen, from a host without the lab to a host without the lab. */
export interface Case {
  /** Tells when or where, for example `after "created nf:gen"`. */
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
  /** How often the fault happens in it; once unless told. */
  readonly times?: number;
}

/** A kind of fault. */
export interface Fault {
  readonly name: string;
  /** What is done and then looked for, one sentence for the table. */
  readonly what: string;
  /** How many of its cases `npm test` takes. */
  readonly few: number;
  /** Its cases; `times` is how many are wanted, for faults that can have any number of them, and those that have a fixed list give it whole. */
  readonly cases: (times: number | undefined) => Promise<readonly Case[]> | readonly Case[];
}

/** What came of a fault. */
export interface Row {
  readonly name: string;
  readonly what: string;
  /** How often it was made to happen. */
  readonly times: number;
  readonly findings: readonly Finding[];
  /** What corebed said, each message once. */
  readonly said: readonly string[];
  readonly seconds: number;
}

/** So many of them, spread over the list in steps of the golden section, which fall in with no order of the list; all if there are not more. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  const chosen = new Set<number>();
  for (let i = 1; chosen.size < Math.min(count, items.length); i += 1) {
    chosen.add(Math.floor(((i * GOLDEN) % 1) * items.length));
  }
  return items.filter((_, i) => chosen.has(i));
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
