import { formatPercent, formatRate } from "../../measure/quantity.ts";
import type { Trial } from "../../measure/trial.ts";

/** A trial in a line, as a dot says it: `trial 3 of vhost-user: 5.39 Mpps, 2.83 % lost`. Trials are counted from 1, as the progress does. */
export function trialTitle(trial: Trial): string {
  const purpose = trial.purpose === "trial" ? "" : `, ${trial.purpose}`;
  const use = trial.usable ? "" : ", in no figure";
  return `trial ${trial.index + 1} of ${trial.arm}${purpose}: ${formatRate(trial.throughputPps)}, ${formatPercent(trial.lossRatio)} lost${use}`;
}
