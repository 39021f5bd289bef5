/**
 * corebed as a library: everything that the command line does, a program can do.
 *
 * The data flow is text -> Topology -> Lab -> Resource[] - Observed -> Plan -> apply -> Trial[] -> Result; see ARCHITECTURE.md.
 */

export { writeHtmlReport } from "./cli/html-report.ts";
export { awaitLease, LeaseHeldError } from "./host/await-lease.ts";
export { DockerError } from "./host/docker-error.ts";
export { readHostFacts } from "./host/facts.ts";
export { type Host, HostError } from "./host/host.ts";
export { localHost } from "./host/local-host.ts";
export type { HostFacts } from "./lab/host-facts.ts";
export type { Lab } from "./lab/lab.ts";
export { type Resolution, type ResolveOptions, resolveLab } from "./lab/resolve.ts";
export type { Resource } from "./lab/resource.ts";
export { labResources } from "./lab/resources.ts";
export type { ArmPlan } from "./measure/arm-plan.ts";
export { buildResult } from "./measure/build-result.ts";
export { type LiveChange, liveChangeJsonSchema } from "./measure/live-change-schema.ts";
export type { Arm, Result } from "./measure/result.ts";
export type { Trial } from "./measure/trial.ts";
export { resultJsonSchema, validateResult } from "./measure/validate-result.ts";
export { type Budget, planBudget } from "./plan/budget.ts";
export { makeDestroyPlan } from "./plan/destroy-plan.ts";
export { type LivePlan, makeLivePlan } from "./plan/live-plan.ts";
export { makePlan } from "./plan/make-plan.ts";
export { hasChanges, isDisruptive, type Observed, type Operation, type Plan, type PlanStep } from "./plan/plan.ts";
export { ApplyFailedError, carryOut, destroyLab, preparePlan } from "./provision/converge.ts";
export type { Reader, World } from "./provision/driver.ts";
export type { ApplyEvent } from "./provision/event.ts";
export { labNames, observeLab } from "./provision/observe.ts";
export { type LiveLab, verifyLab } from "./provision/verify.ts";
export { openWorld } from "./provision/world.ts";
export { nobodyToAsk, type Prompts } from "./remote/prompts.ts";
export { localUser, readSshConfig } from "./remote/read-ssh-config.ts";
export { type RemoteHost, remoteHost } from "./remote/remote-host.ts";
export { githubAnnotation, resultAnnotations } from "./report/annotations.ts";
export { formatCsv } from "./report/csv.ts";
export { formatMarkdown } from "./report/format-markdown.ts";
export { formatResult } from "./report/format-result.ts";
export { type Graph, graphOf } from "./report/graph/graph.ts";
export { drawDot } from "./report/graph/graph-dot.ts";
export { drawMermaid } from "./report/graph/graph-mermaid.ts";
export { drawSvg } from "./report/graph/graph-svg.ts";
export { drawText } from "./report/graph/graph-text.ts";
export { formatJunit } from "./report/junit.ts";
export { formatLiveChange } from "./report/live-change-text.ts";
export { formatPlan } from "./report/plan-text.ts";
export type { RunEvent } from "./run/event.ts";
export { makeExporter } from "./run/exporter/exporter.ts";
export { serveMetrics } from "./run/exporter/server.ts";
export { changeLive, type LiveChangeOptions } from "./run/live-change.ts";
export { type Measured, type MeasureOptions, measureArms } from "./run/measure-arms.ts";
export { RealBed } from "./run/real-bed.ts";
export type { TestBed, TrialRequest } from "./run/test-bed.ts";
export { checkHost } from "./setup/checks.ts";
export { makeReady } from "./setup/fix.ts";
export { imageReferences } from "./setup/image-sources.ts";
export { formatDiagnostics } from "./topology/code-frame.ts";
export type { Diagnostic } from "./topology/diagnostic.ts";
export { parseAddress, type RemoteAddress } from "./topology/host-address.ts";
export { topologySchema } from "./topology/json-schema.ts";
export { type ParseResult, parseTopology } from "./topology/parse-topology.ts";
export type { Topology } from "./topology/topology.ts";
