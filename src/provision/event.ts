import type { Operation } from "../plan/plan.ts";

/** What happens while a plan is applied, for whoever shows it. */
export type ApplyEvent =
  | { readonly type: "operation-started"; readonly operation: Operation }
  | { readonly type: "operation-done"; readonly operation: Operation; readonly durationMs: number }
  | { readonly type: "operation-failed"; readonly operation: Operation; readonly error: unknown }
  | { readonly type: "operation-skipped"; readonly operation: Operation; readonly because: string };

export type EmitApply = (event: ApplyEvent) => void;
