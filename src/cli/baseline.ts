import { areOfHosts, type KnownFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { baselineDifferences, withBaseline } from "../measure/against-baseline.ts";
import { layoutOf } from "../measure/layout.ts";
import type { Result } from "../measure/result.ts";
import { clean } from "../report/text.ts";
import type { Finish } from "./commands/measure.ts";
import { EXIT, Exit } from "./exit.ts";
import type { HostOption } from "./host-option.ts";
import { floorsHost, readNoiseFloors, sessionFloorOf } from "./noise-floors.ts";

/** What the command line says about a baseline. */
export interface BaselineOptions extends HostOption {
  readonly baseline?: string;
  readonly anyway?: boolean;
}

/** Sets the result against the earlier one, by what this host is known to do between two times. */
export async function baselineOf(
  earlier: Result,
  { baseline = "" }: BaselineOptions,
  facts: KnownFacts,
): Promise<Finish> {
  // Floors are kept of single hosts.
  const floors = areOfHosts(facts) ? [] : await readNoiseFloors(floorsHost(facts));
  return (result) =>
    withBaseline(result, earlier, {
      file: baseline,
      noiseFloorOf: ({ lab }) => sessionFloorOf(floors, layoutOf(result.labs[lab] as Lab)),
    });
}

/** Refuses a baseline that says nothing about the thing under test, before any time is spent. */
export function checkBaseline(draft: Result, earlier: Result, { baseline, anyway }: BaselineOptions): void {
  const { differences, missing } = baselineDifferences(draft, earlier);
  // What carries the packets is known only once a lab is up; the result has it.
  const reasons = differences.filter(
    ({ severity, field }) => severity === "refuse" && field !== "ovs" && field !== "dpdk",
  );
  const all = [...reasons.map(({ sentence }) => sentence), ...missing.map((name) => `It has no arm ${name}.`)];
  if (all.length === 0 || anyway === true) return;
  throw new Exit(
    EXIT.badInput,
    `error: ${baseline} is no baseline for this ${draft.kind === "compare" ? "comparison" : draft.kind}:\n${all.map((reason) => clean(`  ${reason}`, { unicode: true })).join("\n")}\n  = help: take a baseline on this host with the same file, or add --anyway`,
  );
}
