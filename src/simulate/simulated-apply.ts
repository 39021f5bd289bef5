import type { Lab } from "../lab/lab.ts";
import { labResources } from "../lab/resources.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { applyPlan } from "../provision/apply.ts";
import type { Driver, World } from "../provision/driver.ts";
import type { EmitApply } from "../provision/event.ts";

/** A lab's plan on a host where nothing is yet. */
export function simulatedPlan(lab: Lab): Plan {
  return makePlan(lab.name, labResources(lab), []);
}

/** Carries a plan out in the order of a real one, by drivers that make nothing. */
export async function simulatedApply(plan: Plan, signal: AbortSignal, emit: EmitApply): Promise<void> {
  const nothing = async (): Promise<void> => {};
  const driver: Driver = { create: nothing, update: nothing, delete: nothing };
  // Drivers that make nothing ask nothing of the world but whether to go on.
  const world = { signal } as World;
  await applyPlan(plan, world, emit, () => driver as never);
}
