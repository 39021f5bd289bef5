import type { Result } from "../../measure/result.ts";
import type { TopologyFile } from "../input.ts";
import type { Place } from "./place.ts";

/** What a run has found out so far. */
export interface Found {
  file?: TopologyFile;
  result?: Result | undefined;
  /** Labs that this run may have brought up. */
  labs: readonly string[];
  turn?: AsyncDisposable;
  /** Known once the file is. */
  place?: Place;
  error?: unknown;
}
