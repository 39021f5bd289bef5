import type { Trial } from "../measure/trial.ts";

/** What happens while trials run. */
export type RunEvent =
  | {
      readonly type: "trial-started";
      readonly arm: string;
      readonly purpose: string;
      /** From 1. */
      readonly number: number;
      /** How many there will be; undefined while a search cannot say. */
      readonly total: number | undefined;
      readonly remainingMs: number | undefined;
    }
  | { readonly type: "trial-done"; readonly trial: Trial; readonly number: number; readonly total: number | undefined };

export type EmitRun = (event: RunEvent) => void;
