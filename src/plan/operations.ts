import type { Resource, ResourceKind } from "../lab/resource.ts";
import type { Observed, Operation, PlanStep } from "./plan.ts";

/** Deletes run in this order: a network is free only once its containers are gone, a directory once nothing has a socket in it. */
const DELETE_RANK: Readonly<Record<ResourceKind, number>> = {
  nf: 0,
  switch: 0,
  flows: 0,
  port: 0,
  limits: 0,
  shaper: 0,
  bridge: 1,
  uplink: 1,
  "switch-config": 1,
  network: 2,
  cable: 2,
  interface: 2,
  nic: 3,
  veth: 3,
  swarm: 3,
  directory: 4,
};

/**
 * Turns steps into driver calls with their order: first what has to go, in ranks, each rank in parallel; then what has to come or change, each as soon as
 * what it needs is there. Directories go last, beside the rest, but for one that comes again.
 */
export function planOperations(
  steps: readonly PlanStep[],
  desired: readonly Resource[],
  observed: readonly Observed[],
): readonly Operation[] {
  const seen = new Map(observed.map((item) => [item.id, item]));
  const leaving = steps.filter((step) => step.action === "delete" || step.action === "replace");
  const gone = new Set(leaving.map((step) => step.id));
  const deletes = leaving.flatMap((step) => {
    const item = seen.get(step.id);
    // What lives inside something that goes, goes with it.
    if (item === undefined || homesOf(item, seen).some((home) => gone.has(home))) return [];
    return [item];
  });
  return [...deleteOperations(deletes), ...createOperations(steps, desired, seen, deletes)];
}

/** What something lives inside of, and what that lives inside of: a port goes with its switch, though its bridge comes again. */
function homesOf(item: Observed, seen: ReadonlyMap<string, Observed>): readonly string[] {
  if (item.inside === undefined) return [];
  const home = seen.get(item.inside);
  return [item.inside, ...(home === undefined ? [] : homesOf(home, seen))];
}

function deleteOperations(items: readonly Observed[]): readonly Operation[] {
  return items.map((item) => ({
    verb: "delete",
    key: `delete ${item.id}`,
    observed: item,
    after: items
      .filter((other) => DELETE_RANK[other.kind] < DELETE_RANK[item.kind])
      .map((other) => `delete ${other.id}`),
  }));
}

function createOperations(
  steps: readonly PlanStep[],
  desired: readonly Resource[],
  seen: ReadonlyMap<string, Observed>,
  deletes: readonly Observed[],
): readonly Operation[] {
  const actions = new Map(steps.map((step) => [step.id, step.action]));
  const key = (id: string): string => `${actions.get(id) === "update" ? "update" : "create"} ${id}`;
  const afterDeletes = deletes
    .filter((item) => item.kind !== "directory" || actions.get(item.id) === "replace")
    .map((item) => `delete ${item.id}`);
  return desired.flatMap((resource): readonly Operation[] => {
    const action = actions.get(resource.id);
    if (action === undefined || action === "keep") return [];
    const needs = resource.needs.filter((id) => actions.get(id) !== "keep").map(key);
    const common = { key: key(resource.id), after: [...afterDeletes, ...needs], resource };
    const observed = seen.get(resource.id);
    if (action === "update" && observed !== undefined) return [{ verb: "update", ...common, observed }];
    return [{ verb: "create", ...common }];
  });
}
