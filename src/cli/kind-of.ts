import type { KnownFacts } from "../lab/host-facts.ts";
import type { ArmPlan } from "../measure/arm-plan.ts";
import { type ArmContext, datapathArms, runArms, sweepArms } from "./arms.ts";
import type { TopologyFile } from "./input.ts";
import type { CommonOptions } from "./measure-options.ts";
import { armContext } from "./measuring.ts";
import { note } from "./terminal.ts";

/** How a topology is measured where no command says it. */
export type FileKind = "run" | "compare" | "sweep";

/** What a topology asks to be measured: a comparison before a sweep, and the lab as it is if there is neither. */
export function kindOf({ topology, source }: TopologyFile): FileKind {
  if (topology.compare === undefined) return topology.sweep === undefined ? "run" : "sweep";
  if (topology.sweep !== undefined) {
    note(`note: ${source.file} has sweep: as well, which is left to corebed sweep`);
  }
  return "compare";
}

/** The arms on this host; ends the command where the host cannot do what the file asks. */
export function armsOf(
  file: TopologyFile,
  facts: KnownFacts,
  options: Pick<CommonOptions, "foldCores" | "allowPrivileged" | "trials" | "measure">,
): readonly ArmPlan[] {
  const { compare } = file.topology;
  const kind = kindOf(file);
  const trials = options.trials ?? (kind === "compare" ? compare?.repeats : undefined);
  const context: ArmContext = armContext(options, facts, trials);
  switch (kind) {
    case "run":
      return runArms(file, context);
    case "compare":
      return datapathArms(file, compare?.datapaths ?? [], context);
    case "sweep":
      return sweepArms(file, context);
  }
}
