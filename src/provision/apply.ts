import type { Resource } from "../lab/resource.ts";
import type { Operation, Plan } from "../plan/plan.ts";
import type { Driver, World } from "./driver.ts";
import { driverOf } from "./drivers.ts";
import type { EmitApply } from "./event.ts";
import { isInterruption } from "./interruption.ts";
import { OvsLinks } from "./ovs-links.ts";

/** A thousand containers asked for at once would run into the engine's own time limits. */
const MAX_PARALLEL = 32;

/** What came of a plan. Root causes only: what was not tried because of them is in `skipped`. */
export interface ApplyOutcome {
  readonly done: readonly Operation[];
  readonly failed: readonly { readonly operation: Operation; readonly error: unknown }[];
  readonly skipped: readonly { readonly operation: Operation; readonly because: string }[];
}

/**
 * Runs a plan's operations, each as soon as those before it are done. After a failure nothing that is not already under way gets started; what depends on
 * it is skipped with the cause named, and so is the rest.
 */
export async function applyPlan(
  plan: Pick<Plan, "operations">,
  world: World,
  emit: EmitApply,
  driverFor: typeof driverOf = driverOf,
): Promise<ApplyOutcome> {
  // Those of this plan: what is up when it is done is not to be held by anybody.
  await using links = new OvsLinks(world.host);
  const workshop = { ...world, links };
  const waiting = new Map(plan.operations.map((operation) => [operation.key, operation]));
  const order = orderOf(plan.operations);
  const done = new Map<string, Operation>();
  const failed: { operation: Operation; error: unknown }[] = [];
  const running = new Set<Promise<void>>();
  const ready: Operation[] = [];

  const start = (operation: Operation): void => {
    waiting.delete(operation.key);
    emit({ type: "operation-started", operation });
    const startedAt = performance.now();
    const run = perform(operation, workshop, driverFor)
      .then(() => {
        done.set(operation.key, operation);
        order.done(operation);
        emit({ type: "operation-done", operation, durationMs: performance.now() - startedAt });
      })
      .catch((error: unknown) => {
        if (isInterruption(error, world.signal)) {
          waiting.set(operation.key, operation);
          return;
        }
        failed.push({ operation, error });
        emit({ type: "operation-failed", operation, error });
      })
      .finally(() => running.delete(run));
    running.add(run);
  };

  for (;;) {
    if (failed.length === 0 && !world.signal.aborted) {
      ready.push(...order.takeReady());
      while (running.size < MAX_PARALLEL && ready.length > 0) start(ready.shift() as Operation);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  // In the plan's order, those that were cut short among those that were never begun.
  const left = plan.operations.filter(({ key }) => waiting.has(key));
  const skipped = left.map((operation) => ({
    operation,
    because: reasonFor(operation, failed, world),
  }));
  for (const item of skipped) emit({ type: "operation-skipped", ...item });
  return { done: [...done.values()], failed, skipped };
}

/** Tells which operations may start, at a cost that does not grow with those that may not: a lab can have thousands. */
function orderOf(operations: readonly Operation[]) {
  const left = new Map(operations.map(({ key, after }) => [key, new Set(after).size]));
  const dependants = new Map<string, Operation[]>(operations.map(({ key }) => [key, []]));
  for (const operation of operations) {
    for (const key of new Set(operation.after)) dependants.get(key)?.push(operation);
  }
  let ready = operations.filter(({ key }) => left.get(key) === 0);
  return {
    takeReady: (): readonly Operation[] => {
      const taken = ready;
      ready = [];
      return taken;
    },
    done: ({ key }: Operation): void => {
      for (const dependant of dependants.get(key) ?? []) {
        const count = (left.get(dependant.key) ?? 0) - 1;
        left.set(dependant.key, count);
        if (count === 0) ready.push(dependant);
      }
    },
  };
}

function reasonFor(operation: Operation, failed: ApplyOutcome["failed"], world: World): string {
  const direct = failed.find((failure) => operation.after.includes(failure.operation.key));
  const cause = direct ?? failed[0];
  if (cause !== undefined) return `${cause.operation.key} failed`;
  return world.signal.aborted ? "interrupted" : "what it needs is not there";
}

async function perform(operation: Operation, world: World, driverFor: typeof driverOf): Promise<void> {
  if (operation.verb === "delete") {
    await driverFor(operation.observed.kind).delete(world, operation.observed as never);
    return;
  }
  const { resource } = operation;
  // The table of drivers pairs each kind with its own driver, which the type system cannot follow through a union.
  const driver = driverFor(resource.kind) as unknown as Driver<typeof resource.kind>;
  const same = resource as Extract<Resource, { kind: typeof resource.kind }>;
  for (const id of resource.elsewhere ?? []) await world.elsewhere?.(id);
  if (operation.verb === "create") await driver.create(world, same as never);
  else await driver.update(world, same as never, operation.observed as never);
}
