import { withoutEnvironment } from "../lab/hide-environment.ts";
import type { Expectation } from "../topology/topology.ts";
import type { ArmPlan } from "./arm-plan.ts";
import { evaluateExpectations } from "./expectation.ts";
import { ledgerErrors } from "./ledger-errors.ts";
import type { Arm, Result } from "./result.ts";
import { RESULT_SCHEMA } from "./result.ts";
import type { Method } from "./search/method.ts";
import type { MethodOutcome } from "./search/outcome.ts";
import type { NoiseFloor } from "./statistics/comparison.ts";
import { summariseArm } from "./summarise-arm.ts";
import type { Trial } from "./trial.ts";

/** Everything that a result is made of; times are ISO 8601 in UTC. */
export interface ResultParts
  extends Pick<
    Result,
    | "kind"
    | "corebedVersion"
    | "startedAt"
    | "finishedAt"
    | "complete"
    | "simulated"
    | "topology"
    | "host"
    | "hosts"
    | "versions"
    | "seed"
    | "orderKind"
  > {
  readonly method: Method;
  /** In the order of the file. */
  readonly arms: readonly ArmPlan[];
  /** Of all arms, in any order. */
  readonly trials: readonly Trial[];
  /** What the methods found, by the arm's name; those that did not come to their end are missing. */
  readonly outcomes: ReadonlyMap<string, MethodOutcome>;
  readonly expectations: readonly Expectation[];
  /** What this host does to equals in these two layouts, if it was calibrated. */
  readonly noiseFloorOf: (arm: ArmPlan, other: ArmPlan) => NoiseFloor | undefined;
}

/** Puts a result together: trials to their arms, arms against the first, expectations against the arms. */
export function buildResult(parts: ResultParts): Result {
  const { arms: plans, trials, outcomes, expectations, noiseFloorOf, ...rest } = parts;
  const inOrder = trials.toSorted((a, b) => a.index - b.index);
  const arms: Arm[] = [];
  for (const plan of plans) {
    const own = inOrder.filter((trial) => trial.arm === plan.name);
    const [first] = plans;
    const noiseFloor = first === undefined ? undefined : noiseFloorOf(plan, first);
    const outcome = outcomes.get(plan.name);
    arms.push(summariseArm({ plan, trials: own, outcome, first: arms[0], noiseFloor, seed: rest.seed }));
  }
  return {
    schema: RESULT_SCHEMA,
    ...rest,
    labs: Object.fromEntries(plans.map(({ lab }) => [lab.name, withoutEnvironment(lab)])),
    order: inOrder.map((trial) => trial.arm),
    arms,
    errors: ledgerErrors(inOrder),
    expectations: evaluateExpectations(expectations, arms),
  };
}
