import type { Lab } from "../lab/lab.ts";
import type { Resource } from "../lab/resource.ts";
import { labResources } from "../lab/resources.ts";
import type { Plan } from "../plan/plan.ts";
import type { Driver, World } from "./driver.ts";
import { driverOf } from "./drivers.ts";

/** Repeats for what a plan keeps the last steps of its making that nobody can see: see `Driver.settle`. */
export async function settleKept(lab: Lab, plan: Pick<Plan, "steps">, world: World): Promise<void> {
  const kept = new Set(plan.steps.filter(({ action }) => action === "keep").map(({ id }) => id));
  await Promise.all(
    labResources(lab)
      .filter(({ id }) => kept.has(id))
      .map((resource) => settle(resource, world)),
  );
}

async function settle(resource: Resource, world: World): Promise<void> {
  // As in apply: the table pairs each kind with its own driver.
  const driver = driverOf(resource.kind) as unknown as Driver;
  await driver.settle?.(world, resource as never);
}
