import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { sweepProblems } from "../sweep.ts";

/** Parameters of a sweep exist and take values; whether the values fit is seen when each combination is read as a file. */
export function sweepRules({ sweep }: Draft, report: DiagnosticList): void {
  if (typeof sweep !== "object") return;
  for (const { parameter, problem, help } of sweepProblems(sweep)) {
    report.error({
      code: "bad-sweep",
      place: { path: ["sweep", parameter], part: "key" },
      message: `${parameter === "" ? "the sweep" : parameter} ${problem}`,
      help,
    });
  }
}
