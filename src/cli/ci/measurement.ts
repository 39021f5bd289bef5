import type { KnownFacts } from "../../lab/host-facts.ts";
import type { ArmPlan } from "../../measure/arm-plan.ts";
import type { Result } from "../../measure/result.ts";
import { baselineOf, checkBaseline } from "../baseline.ts";
import { type MeasureOptions, measureAndReport } from "../commands/measure.ts";
import type { TopologyFile } from "../input.ts";
import { kindOf } from "../kind-of.ts";
import type { Site } from "../site.ts";
import type { CiOptions } from "./options.ts";

export interface Measuring {
  readonly site: Site;
  readonly file: TopologyFile;
  readonly arms: readonly ArmPlan[];
  readonly facts: KnownFacts;
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
  const finish = baseline === undefined ? undefined : await baselineOf(baseline, options, facts);
  await measureAndReport(site, file, arms, facts, measureOptions, finish);
}
