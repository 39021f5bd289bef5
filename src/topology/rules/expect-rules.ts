import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { anyOf } from "../wording.ts";

/** Expectations speak of datapaths that are measured. */
export function expectRules({ expect, compare, datapath }: Draft, report: DiagnosticList): void {
  if (compare === undefined || datapath === undefined) return;
  const measured = compare === "absent" ? [datapath] : compare.datapaths;
  for (const [index, placed] of expect.entries()) {
    for (const asked of placed?.datapaths ?? []) {
      const name = asked.datapath ?? datapath;
      if (measured.includes(name)) continue;
      const place = { path: ["expect", index], at: asked.at };
      if (asked.datapath === undefined) {
        report.warning({
          code: "datapath-not-measured",
          place,
          message: `without a datapath this means ${name}, the file's own, which is not compared; corebed compare cannot check it`,
          help: `name the datapath: ${anyOf(measured.map((candidate) => `(${candidate})`))}`,
        });
        continue;
      }
      const hint =
        compare === "absent"
          ? `add compare: { datapaths: [${datapath}, ${name}] }`
          : `add ${name} to compare.datapaths`;
      report.error({
        code: "datapath-not-measured",
        place,
        message: `the expectation is about ${name}, which is not measured`,
        help: `${hint}, or expect something of ${anyOf(measured)}`,
      });
    }
  }
}
