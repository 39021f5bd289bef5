import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import type { TopologySource } from "../source-file.ts";

/** The run directory is that of an OVS that corebed did not start. */
export function switchRules(draft: Draft, report: DiagnosticList, source: TopologySource): void {
  const given = source.has(["switch", "runDirectory"]);
  if (!given || draft.switch?.mode !== "container") return;
  report.error({
    code: "needs-host-mode",
    place: { path: ["switch", "runDirectory"], part: "key" },
    message: "runDirectory is for an OVS that runs already; this lab's switch runs in a container of its own",
    help: "remove it, or add mode: host",
  });
}
