import type { Resource, ResourceKind, SpecOf } from "../lab/resource.ts";

/** What a driver saw of one resource that carries a lab's mark. */
export type Observed = { [Kind in ResourceKind]: ObservedOf<Kind> }[ResourceKind];

/** What a driver saw of a resource of one kind. */
export interface ObservedOf<Kind extends ResourceKind> {
  readonly kind: Kind;
  readonly id: string;
  readonly lab: string;
  /** Digest of the spec that it was made from, or of what it is now where that can be read back. */
  readonly digest: string;
  /** What it is now; undefined if that cannot be told. */
  readonly spec: SpecOf<Kind> | undefined;
  /** Why it does not do its work although it is there; undefined if it does. */
  readonly problem: Problem | undefined;
  readonly inside: string | undefined;
  readonly hugePages: number;
}

/** `repairable`: put right where it is (a paused container); otherwise it must be made anew. */
export interface Problem {
  readonly text: string;
  readonly repairable: boolean;
}

export type Action = "create" | "update" | "replace" | "delete" | "keep";

/** One line of a plan: what happens to a resource and why. For people; `operations` is what apply runs. */
export interface PlanStep {
  readonly action: Action;
  readonly kind: ResourceKind;
  readonly id: string;
  readonly reason: string;
  readonly changes: readonly Change[];
  /** What an NF of the user's own is given of the host, a line each; absent for what is given nothing. */
  readonly grants?: readonly string[];
  /** Chains that carry no traffic while this happens. */
  readonly interrupts: readonly string[];
}

/** One member of a spec that differs. Undefined stands for "not there". */
export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** One call to a driver, and the operations that must have succeeded before. A replacement is a delete and a create. */
export type Operation = {
  readonly key: string;
  readonly after: readonly string[];
} & (
  | { readonly verb: "create"; readonly resource: Resource }
  | { readonly verb: "update"; readonly resource: Resource; readonly observed: Observed }
  | { readonly verb: "delete"; readonly observed: Observed }
);

/** The steps from what is to what should be. Serialisable; apply decides nothing beyond it. */
export interface Plan {
  readonly schema: "corebed/plan/1";
  readonly lab: string;
  readonly steps: readonly PlanStep[];
  readonly operations: readonly Operation[];
}

/** Whether anything waits to be done. */
export function hasChanges(plan: Plan): boolean {
  return plan.operations.length > 0;
}

/** What can go without anyone missing it: no packet is lost by a limit that is lifted. */
const HARMLESS: ReadonlySet<ResourceKind> = new Set(["limits", "shaper"]);

/** Whether the plan takes away or makes anew something that is there: what a person should be asked about. */
export function isDisruptive(plan: Plan): boolean {
  return plan.steps.some(({ action, kind }) => (action === "replace" || action === "delete") && !HARMLESS.has(kind));
}
