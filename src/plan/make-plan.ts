import { grants } from "../lab/privileges.ts";
import { type Resource, specDigest } from "../lab/resource.ts";
import { diffSpecs } from "./diff.ts";
import { planOperations } from "./operations.ts";
import type { Action, Observed, Plan, PlanStep } from "./plan.ts";

/** Kinds whose driver can change them where they are; the rest is deleted and made anew. */
const UPDATABLE: ReadonlySet<string> = new Set(["switch-config", "bridge", "limits", "flows", "shaper"]);

/**
 * Compares what should exist with what was observed of the lab and says, for each resource, what has to happen and why. Resources must come in an order
 * in which each follows what it needs.
 */
export function makePlan(lab: string, desired: readonly Resource[], observed: readonly Observed[]): Plan {
  const seen = new Map(observed.map((item) => [item.id, item]));
  const actions = new Map<string, Action>();
  const steps: PlanStep[] = [];
  for (const resource of desired) {
    const step = decide(resource, seen.get(resource.id), actions);
    actions.set(resource.id, step.action);
    steps.push(step);
  }
  const wanted = new Set(desired.map((resource) => resource.id));
  for (const item of observed.filter((candidate) => !wanted.has(candidate.id))) {
    steps.push({
      action: "delete",
      kind: item.kind,
      id: item.id,
      reason: "the topology no longer has it",
      changes: [],
      interrupts: chainsOf(item),
    });
  }
  return { schema: "corebed/plan/1", lab, steps, operations: planOperations(steps, desired, observed) };
}

function decide(resource: Resource, item: Observed | undefined, actions: ReadonlyMap<string, Action>): PlanStep {
  const step = (action: Action, reason: string, changes: PlanStep["changes"] = []): PlanStep => ({
    action,
    kind: resource.kind,
    id: resource.id,
    reason,
    changes,
    ...grantsOf(resource),
    interrupts: action === "replace" || (action === "update" && resource.kind === "bridge") ? resource.chains : [],
  });
  const home = resource.inside === undefined ? undefined : actions.get(resource.inside);
  if (home === "create" || home === "replace") return step("create", `comes with ${resource.inside}`);
  if (item === undefined) return step("create", "does not exist");
  const changes = item.spec === undefined ? [] : diffSpecs(item.spec, resource.spec);
  const same = item.digest === specDigest(resource.spec);
  const renewed = resource.boundTo.find((id) => actions.get(id) === "replace" || actions.get(id) === "create");
  if (renewed !== undefined) return step("replace", `is attached to ${renewed}, which is made anew`, changes);
  if (item.problem !== undefined && !(item.problem.repairable && same))
    return step("replace", item.problem.text, changes);
  if (item.problem !== undefined) return step("update", item.problem.text);
  if (same) return step("keep", "as it should be");
  if (UPDATABLE.has(resource.kind)) return step("update", "differs from the topology", changes);
  return step("replace", "differs from the topology and cannot be changed where it is", changes);
}

function grantsOf(resource: Resource): Pick<PlanStep, "grants"> {
  const given = resource.kind === "nf" ? grants(resource.spec) : [];
  return given.length === 0 ? {} : { grants: given };
}

/** Chains that a resource that is on its way out carried. */
function chainsOf(item: Observed): readonly string[] {
  if (item.kind !== "nf" || item.spec === undefined) return [];
  return [...new Set(item.spec.ports.map((port) => port.chain))];
}
