import { planOperations } from "./operations.ts";
import type { Observed, Plan, PlanStep } from "./plan.ts";

/** The plan that takes everything away that carries the lab's mark. */
export function makeDestroyPlan(lab: string, observed: readonly Observed[]): Plan {
  const steps = observed.map(
    (item): PlanStep => ({
      action: "delete",
      kind: item.kind,
      id: item.id,
      reason: "the lab is destroyed",
      changes: [],
      interrupts: [],
    }),
  );
  return { schema: "corebed/plan/1", lab, steps, operations: planOperations(steps, [], observed) };
}
