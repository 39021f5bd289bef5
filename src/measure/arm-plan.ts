import type { Lab } from "../lab/lab.ts";
import type { Method } from "./search/method.ts";

/** One thing to be measured, once it is decided how. */
export interface ArmPlan {
  /** Unique in the result: `vhost-user`, `frame=64 flows=1`. */
  readonly name: string;
  /** What differs from the other arms, as the file would spell it. */
  readonly settings: readonly { readonly parameter: string; readonly value: string }[];
  /** Arms whose labs have the same name share one lab; each drives its own traffic on it. */
  readonly lab: Lab;
  readonly method: Method;
  /** Scrape the lab while it is measured, to learn what that costs. */
  readonly observed?: boolean;
}
