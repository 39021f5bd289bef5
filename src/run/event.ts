import type { Trial } from "../measure/trial.ts";
import type { Datapath } from "../topology/topology.ts";

/** What happens while trials run. */
export type RunEvent =
  | {
      readonly type: "trial-started";
      readonly datapath: Datapath;
      /** From 1, of `total`. */
      readonly number: number;
      readonly total: number;
      readonly remainingMs: number;
    }
  | { readonly type: "trial-done"; readonly trial: Trial; readonly number: number; readonly total: number };

export type EmitRun = (event: RunEvent) => void;
