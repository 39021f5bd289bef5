import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";

/** The sections that every lab needs hold something. */
export function sectionRules(draft: Draft, report: DiagnosticList): void {
  const examples = { cores: "1: gen", nfs: "gen: { app: pktgen }", chains: "main: [gen, sink]" } as const;
  for (const section of ["cores", "nfs", "chains"] as const) {
    if (draft[section]?.length !== 0) continue;
    report.error({
      code: "empty-section",
      place: { path: [section], part: "key" },
      message: `${section} is empty`,
      help: `put something into it, such as  ${examples[section]}`,
    });
  }
}
