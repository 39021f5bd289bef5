import type { Lab } from "../lab/lab.ts";
import type { Expectation } from "../topology/topology.ts";
import { evaluateExpectations } from "./expectation.ts";
import type { Arm, Result } from "./result.ts";
import { RESULT_SCHEMA } from "./result.ts";
import { summariseArm } from "./summarise-arm.ts";
import type { Trial } from "./trial.ts";

/** Everything that a result is made of; times are ISO 8601 in UTC. */
export interface ResultParts
  extends Pick<
    Result,
    "kind" | "corebedVersion" | "startedAt" | "finishedAt" | "complete" | "simulated" | "topology" | "host" | "versions"
  > {
  /** One for each arm, in the order of the file. */
  readonly labs: readonly Lab[];
  /** Of all arms, in any order. */
  readonly trials: readonly Trial[];
  readonly expectations: readonly Expectation[];
}

/** Puts a result together: trials to their arms, arms against the first, expectations against the arms. */
export function buildResult(parts: ResultParts): Result {
  const { labs, trials, expectations, ...rest } = parts;
  const inOrder = trials.toSorted((a, b) => a.index - b.index);
  const arms: Arm[] = [];
  for (const lab of labs) {
    const own = inOrder.filter((trial) => trial.datapath === lab.datapath);
    arms.push(summariseArm(lab, own, arms[0]));
  }
  return {
    schema: RESULT_SCHEMA,
    ...rest,
    labs: Object.fromEntries(labs.map((lab) => [lab.datapath, lab])),
    order: inOrder.map((trial) => trial.datapath),
    arms,
    expectations: evaluateExpectations(expectations, arms),
  };
}
