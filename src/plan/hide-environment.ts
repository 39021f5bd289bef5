import { hideEnvironment } from "../lab/hide-environment.ts";
import type { Observed, Operation, Plan } from "./plan.ts";

/** The plan as it is printed for programs: without the values of NFs' environments. */
export function planWithoutEnvironment(plan: Plan): Plan {
  return { ...plan, operations: plan.operations.map(hiddenOperation) };
}

/** What was observed, likewise. */
export function observedWithoutEnvironment(observed: Observed): Observed {
  if (observed.kind !== "nf" || observed.spec === undefined) return observed;
  return { ...observed, spec: { ...observed.spec, env: hideEnvironment(observed.spec.env) } };
}

function hiddenOperation(operation: Operation): Operation {
  const seen = "observed" in operation ? { observed: observedWithoutEnvironment(operation.observed) } : {};
  if (!("resource" in operation) || operation.resource.kind !== "nf") return { ...operation, ...seen };
  const { resource } = operation;
  return {
    ...operation,
    ...seen,
    resource: { ...resource, spec: { ...resource.spec, env: hideEnvironment(resource.spec.env) } },
  };
}
