import { readHugePageFacts } from "../host/facts.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import { controlledApp, type Lab } from "../lab/lab.ts";
import { labResources } from "../lab/resources.ts";
import { type Budget, planBudget } from "../plan/budget.ts";
import { type LivePlan, makeLivePlan } from "../plan/live-plan.ts";
import { hasChanges } from "../plan/plan.ts";
import { lockHost } from "../provision/converge.ts";
import type { Reader, World } from "../provision/driver.ts";
import { cpuClaims, observeLab } from "../provision/observe.ts";
import { formatLiveChange } from "../report/live-change-text.ts";
import { formatPlan } from "../report/plan-text.ts";
import { withoutObstacles } from "../run/ground.ts";
import { changeLive } from "../run/live-change.ts";
import { agree } from "./agree.ts";
import { confirmPlan } from "./confirm-plan.ts";
import { EXIT, Exit } from "./exit.ts";
import type { HostOption } from "./host-option.ts";
import { resolveOrExit, type TopologyFile } from "./input.ts";
import { Progress } from "./progress.ts";
import { resolveOptions } from "./resolve-options.ts";
import { lockLabs, openSession, readyFacts } from "./session.ts";
import { note, outputOf, print, printJson } from "./terminal.ts";

interface Options extends HostOption {
  readonly foldCores?: boolean;
  readonly allowPrivileged?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `corebed apply --live FILE`: brings a lab that is up to what the file says while its traffic flows, and tells what packets saw of it. */
export async function applyLive(file: TopologyFile, options: Options): Promise<void> {
  const json = options.json === true;
  const session = openSession(options);
  const facts = await readyFacts(session, "quick");
  const lab = resolveOrExit(file, facts, resolveOptions(options), json);
  refuseUnstamped(lab);
  await using _lock = await lockLabs(session.world.host, [lab.name], "apply --live");
  await using agreed = await agree({
    lock: () => lockHost(session.world.host, lab.name),
    prepare: () => prepareLive(lab, session.world.reader, facts),
    plans: ({ live }) => [live.plan],
    ask: ({ live, budget }) => confirmPlan(formatPlan(live.plan, budget, outputOf(process.stderr))),
    yes: options.yes === true,
  });
  const { live } = agreed.prepared;
  if (!hasChanges(live.plan)) {
    if (json) printJson({ schema: "corebed/live-change/1", lab: lab.name, changed: false, changes: [], chains: [] });
    else print(`Lab ${lab.name} is as the file says: nothing to do.`);
    return;
  }
  await carryOut(lab, live, session.world, file.source.file, json);
}

async function prepareLive(
  lab: Lab,
  reader: Reader,
  facts: HostFacts,
): Promise<{ readonly live: LivePlan; readonly budget: Budget }> {
  const [observed, claims, hugePages] = await Promise.all([
    observeLab(reader, lab.name),
    cpuClaims(reader),
    readHugePageFacts(reader.host),
  ]);
  const planned = makeLivePlan(lab, labResources(lab), observed, hugePages.free);
  if (!planned.ok) throw new Exit(EXIT.unavailable, notLive(lab, planned.obstacles));
  const { live } = planned;
  return withoutObstacles({ live, budget: planBudget(lab, live.plan, observed, { ...facts, hugePages }, claims) });
}

async function carryOut(lab: Lab, live: LivePlan, world: World, file: string, json: boolean): Promise<void> {
  const progress = new Progress({ quiet: json });
  try {
    const change = await changeLive({
      lab,
      live,
      world,
      emit: (event) => progress.apply(event),
      onPart: (text) => progress.line(`${text} ...`),
    });
    progress.end();
    if (json) printJson(change);
    else print(`${formatLiveChange(change, outputOf(process.stdout))}\n\nLab ${lab.name} is as the file says.`);
  } catch (error) {
    progress.end();
    note(`Its traffic is stopped, and what was begun stays: corebed apply ${file} goes on from there.`);
    throw error;
  } finally {
    progress.end();
  }
}

/** What is told of packets comes from the stamps that corebed's own generator writes and its own receiver reads. */
function refuseUnstamped({ chains, nfs, traffic }: Lab): void {
  if (traffic.pcap !== undefined) {
    throw new Exit(
      EXIT.badInput,
      "error: a live change cannot be measured with a capture: its frames carry no stamps\n  = help: leave traffic.pcap out for the change",
    );
  }
  const app = (name: string | undefined) => {
    const nf = nfs.find((candidate) => candidate.name === name);
    return nf === undefined ? undefined : controlledApp(nf);
  };
  for (const { name, path } of chains) {
    if (app(path[0]) === "pktgen" && app(path.at(-1)) === "stats") continue;
    throw new Exit(
      EXIT.badInput,
      `error: chain ${name} cannot be changed live: it goes from ${path[0]} to ${path.at(-1)}, and blocked time is measured from a pktgen to a stats\n  = help: leave --live out; what must restart is restarted then`,
    );
  }
}

function notLive(lab: Lab, obstacles: readonly string[]): string {
  const [first] = obstacles;
  if (first === `lab ${lab.name} is not up`)
    return `error: ${first}: nothing flows that could go on\n  = help: corebed apply without --live brings it up`;
  return [
    `error: lab ${lab.name} cannot become what the file says while its traffic flows`,
    ...obstacles.map((obstacle) => `  - ${obstacle}`),
    "  = help: leave --live out, and what must restart is restarted; docs/live-change.md tells what can change live",
  ].join("\n");
}
