import type { Operation } from "../plan/plan.ts";

/** What happens while a plan is applied, for whoever shows it. */
export type ApplyEvent = OperationEvent & {
  /** Name of the host where it happens, of a lab that is on several; absent otherwise. */
  readonly host?: string;
};

type OperationEvent =
  /** An image of the user's own goes to the host that lacks it, before anything is made there. */
  | { readonly type: "sending-image"; readonly reference: string; readonly bytes: number; readonly percent: number }
  | { readonly type: "operation-started"; readonly operation: Operation }
  | { readonly type: "operation-done"; readonly operation: Operation; readonly durationMs: number }
  | { readonly type: "operation-failed"; readonly operation: Operation; readonly error: unknown }
  | { readonly type: "operation-skipped"; readonly operation: Operation; readonly because: string };

export type EmitApply = (event: ApplyEvent) => void;
