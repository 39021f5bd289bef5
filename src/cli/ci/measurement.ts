import type { HostFacts } from "../../lab/host-facts.ts";
import type { ArmPlan } from "../../measure/arm-plan.ts";
import type { Result } from "../../measure/result.ts";
import { type ArmContext, datapathArms, runArms, sweepArms } from "../arms.ts";
import { baselineOf, checkBaseline } from "../baseline.ts";
import { type MeasureOptions, measureAndReport } from "../commands/measure.ts";
import type { TopologyFile } from "../input.ts";
import type { Site } from "../site.ts";
import { note } from "../terminal.ts";
import type { CiOptions } from "./options.ts";

type Kind = "run" | "compare" | "sweep";

/** What a topology asks to be measured: a comparison before a sweep, and the lab as it is if there is neither. */
export function kindOf({ topology, source }: TopologyFile): Kind {
  if (topology.compare === undefined) return topology.sweep === undefined ? "run" : "sweep";
  if (topology.sweep !== undefined) {
    note(`note: ${source.file} has sweep: as well, which is left to corebed sweep`);
  }
  return "compare";
}

/** The arms on this host; ends the command where the host cannot do what the file asks. */
export function armsOf(file: TopologyFile, facts: HostFacts, options: CiOptions): readonly ArmPlan[] {
  const context: ArmContext = {
    facts,
    fold: options.foldCores === true,
    json: false,
    trials: options.trials ?? (kindOf(file) === "compare" ? file.topology.compare?.repeats : undefined),
    measure: options.measure,
  };
  switch (kindOf(file)) {
    case "run":
      return runArms(file, context);
    case "compare":
      return datapathArms(file, file.topology.compare?.datapaths ?? [], context);
    case "sweep":
      return sweepArms(file, context);
  }
}

export interface Measuring {
  readonly site: Site;
  readonly file: TopologyFile;
  readonly arms: readonly ArmPlan[];
  readonly facts: HostFacts;
  readonly seed: number;
  readonly baseline: Result | undefined;
  /** Where the result goes. */
  readonly out: string;
  /** Told of the result as soon as there is one, complete or not. */
  readonly onResult: (result: Result) => void;
}

/** Measures, as `corebed run`, `compare` or `sweep` would, and leaves the labs up: the caller removes them. */
export async function measure(measuring: Measuring, options: CiOptions): Promise<void> {
  const { site, file, arms, facts, seed, baseline, out, onResult } = measuring;
  const measureOptions: MeasureOptions = {
    kind: kindOf(file),
    out,
    keep: true,
    json: false,
    orderKind: options.order ?? file.topology.compare?.order ?? "abba",
    seed,
    show: onResult,
    unattended: true,
    ...(baseline !== undefined && { check: (draft: Result) => checkBaseline(draft, baseline, options) }),
  };
  const finish = baseline === undefined ? undefined : await baselineOf(baseline, options);
  await measureAndReport(site, file, arms, facts, measureOptions, finish);
}
