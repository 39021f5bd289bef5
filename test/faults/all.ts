import type { Fault } from "./fault.ts";
import { atOnce } from "./faults/at-once.ts";
import { clockStepped } from "./faults/clock-stepped.ts";
import { databaseSpoilt } from "./faults/database-spoilt.ts";
import { engineRestarted } from "./faults/engine-restarted.ts";
import { filesSpoilt } from "./faults/files-spoilt.ts";
import { hugePagesGone } from "./faults/huge-pages-gone.ts";
import { interrupted } from "./faults/interrupted.ts";
import { killedAfterSteps } from "./faults/killed-after-steps.ts";
import { killedAtRandom } from "./faults/killed-at-random.ts";
import { manyCycles } from "./faults/many-cycles.ts";
import { nfBroken } from "./faults/nf-broken.ts";
import { switchBroken } from "./faults/switch-broken.ts";

/** Every fault, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  killedAfterSteps,
  killedAtRandom,
  interrupted,
  nfBroken,
  switchBroken,
  databaseSpoilt,
  engineRestarted,
  hugePagesGone,
  filesSpoilt,
  clockStepped,
  atOnce,
  manyCycles,
];
