import type { Lease } from "../../host/lease.ts";
import type { Result } from "../../measure/result.ts";
import type { TopologyFile } from "../input.ts";

/** What a run has found out so far. */
export interface Found {
  file?: TopologyFile;
  result?: Result | undefined;
  /** Labs that this run may have brought up. */
  labs: readonly string[];
  lease?: Lease;
  error?: unknown;
}
