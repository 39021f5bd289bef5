import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import type { TopologySource } from "../source-file.ts";
import { bridgeRules } from "./bridge-rules.ts";
import { chainRules } from "./chain-rules.ts";
import { compareRules } from "./compare-rules.ts";
import { coreRules } from "./core-rules.ts";
import { expectRules } from "./expect-rules.ts";
import { hostRules } from "./host-rules.ts";
import { nfRules } from "./nf-rules.ts";
import { nicRules } from "./nic-rules.ts";
import { sectionRules } from "./section-rules.ts";
import { sharingRules } from "./sharing-rules.ts";
import { slowPathRules } from "./slow-path-rules.ts";
import { sweepRules } from "./sweep-rules.ts";
import { switchRules } from "./switch-rules.ts";
import { trafficRules } from "./traffic-rules.ts";
import { virtioRules } from "./virtio-rules.ts";

/** What the text alone decides but no single value does. Rules on the host are the lab's. */
export const ALL_RULES: readonly ((draft: Draft, report: DiagnosticList, source: TopologySource) => void)[] = [
  sectionRules,
  coreRules,
  hostRules,
  nfRules,
  virtioRules,
  chainRules,
  sharingRules,
  switchRules,
  slowPathRules,
  nicRules,
  trafficRules,
  bridgeRules,
  compareRules,
  sweepRules,
  expectRules,
];
