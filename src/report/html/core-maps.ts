import type { Lab } from "../../lab/lab.ts";
import type { OnCpu } from "../../measure/on-cpu.ts";
import type { Arm, Result } from "../../measure/result.ts";
import { coreMap } from "../plot/core-map.ts";
import { WIDTHS } from "../plot/plot.ts";
import { labOf } from "./lab-of.ts";
import { html, type Markup } from "./markup.ts";

/** Which CPU ran what: one picture for all arms that are laid out alike. */
export function coreMaps(result: Result, idPrefix: string): Markup {
  const groups = Map.groupBy(result.arms, (arm) => layoutKey(result, arm));
  const free = freeCpus(result);
  const figures = [...groups.values()].map((arms, index) =>
    mapOf(result, arms, groups.size > 1, `${idPrefix}-cpus${index + 1}`),
  );
  return html`${figures}<p class="muted">Bars: share of turns with packets, median of the usable trials.${free}</p>
`;
}

/** Labs that differ in neither CPUs nor what runs there look the same. */
function layoutKey(result: Result, arm: Arm): string {
  const lab = labOf(result, arm.lab);
  return JSON.stringify([arm.cpus.owners, lab?.cpus.housekeeping]);
}

function mapOf(result: Result, arms: readonly Arm[], named: boolean, idPrefix: string): Markup {
  const lab = labOf(result, arms[0]?.lab ?? "");
  const names = arms.map(({ name }) => name).join(", ");
  const picture = (kind: keyof typeof WIDTHS) =>
    coreMap({
      title: named ? `CPUs of ${names}` : "CPUs of the lab",
      arms,
      housekeeping: housekeepingOf(lab),
      kindOf: (owner) => lab?.nfs.find(({ name }) => name === owner)?.app,
      widthPx: WIDTHS[kind],
      idPrefix: `${idPrefix}-${kind}`,
    });
  return html`<figure data-plot="cores">
${named && html`<p>${names}</p>`}
<div class="wide">${picture("wide")}</div>
<div class="narrow">${picture("narrow")}</div>
</figure>
`;
}

function housekeepingOf(lab: Lab | undefined): readonly OnCpu[] {
  if (lab === undefined) return [];
  if (lab.parts === undefined) return [{ cpu: lab.cpus.housekeeping }];
  return lab.parts.map(({ host, lab: { cpus } }) => ({ host, cpu: cpus.housekeeping }));
}

/** The CPUs of other hosts than the first are not in a result. */
function freeCpus({ arms, host, hosts }: Result): string {
  if (hosts !== undefined) return "";
  const used = new Set(arms.flatMap(({ cpus }) => cpus.used));
  const free = host.cpus.usable.filter((cpu) => !used.has(cpu)).length;
  if (free === 0) return " No CPU of the host was free of traffic.";
  return ` ${free} of the host's ${host.cpus.usable.length} CPUs carried no traffic.`;
}
