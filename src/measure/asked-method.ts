import type { MeasureMethod } from "../topology/topology.ts";
import type { Method } from "./search/method.ts";

/** The word of `measure:` and `--measure` for each method of a result. */
export const ASKED_METHOD: Readonly<Record<Method["kind"], MeasureMethod>> = {
  "fixed-rate": "rate",
  "max-rate": "max",
  search: "ndr-pdr",
  "latency-profile": "latency",
  soak: "soak",
  "back-to-back": "back-to-back",
  "loss-curve": "loss-curve",
};
