import type { HostFacts, HostsFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { labResources } from "../lab/resources.ts";
import { planBudget } from "../plan/budget.ts";
import { planWithoutEnvironment } from "../plan/hide-environment.ts";
import { makePlan } from "../plan/make-plan.ts";
import { hasChanges } from "../plan/plan.ts";
import { prepareParts } from "../provision/converge-parts.ts";
import { partsOf } from "../provision/worlds.ts";
import { formatHostPlans, type HostPlan } from "../report/plan-text.ts";
import { simulatedFacts } from "../simulate/facts.ts";
import type { HostSpec } from "../topology/topology.ts";
import { EXIT, Exit } from "./exit.ts";
import { resolveOrExit, type TopologyFile } from "./input.ts";
import { resolveOptions } from "./resolve-options.ts";
import { openRigs, rigFacts } from "./rigs.ts";
import { SIMULATED } from "./simulated-site.ts";
import { outputOf, print, printJson } from "./terminal.ts";

interface Options {
  readonly foldCores?: boolean;
  readonly allowPrivileged?: boolean;
  readonly facts?: string;
  readonly simulate?: boolean;
  readonly json?: boolean;
}

/** `corebed plan FILE` of a lab on several hosts: what apply would do on each of them. */
export async function planParts(file: TopologyFile, hosts: readonly HostSpec[], options: Options): Promise<void> {
  if (options.facts !== undefined) {
    throw new Exit(
      EXIT.usage,
      "error: --facts are of one machine, and this lab is on several\n  = help: leave it out, or add --simulate",
    );
  }
  const simulate = options.simulate === true;
  const lab = simulate ? undefined : await onHosts(file, hosts, options);
  const { name, plans } = lab ?? fromNothing(resolved(file, simulatedHosts(hosts), options), simulatedHosts(hosts));
  if (options.json === true) printJson({ ...(simulate && { simulated: true }), ...plansJson(name, plans) });
  else print(`${simulate ? `${SIMULATED}\n` : ""}${formatHostPlans(name, plans, outputOf(process.stdout))}`);
  if (plans.some(({ budget }) => (budget?.obstacles.length ?? 0) > 0)) throw new Exit(EXIT.unavailable);
  if (plans.some(({ plan }) => hasChanges(plan))) throw new Exit(EXIT.changes);
}

/** The plans as they are printed for programs. */
export function plansJson(lab: string, plans: readonly HostPlan[]) {
  return {
    schema: "corebed/host-plans/1",
    lab,
    hosts: plans.map(({ host, address, plan, budget }) => ({
      host,
      address,
      plan: planWithoutEnvironment(plan),
      budget,
    })),
  };
}

interface NamedPlans {
  readonly name: string;
  readonly plans: readonly HostPlan[];
}

async function onHosts(file: TopologyFile, hosts: readonly HostSpec[], options: Options): Promise<NamedPlans> {
  const rigs = await openRigs(hosts);
  const facts = await rigFacts(rigs);
  const lab = resolved(file, facts, options);
  // Without an engine there is nothing to look at.
  if ([...facts.values()].some(({ docker }) => docker.state !== "running")) return fromNothing(lab, facts);
  const prepared = await prepareParts(lab, rigs.worlds, facts);
  const plans = prepared.map(({ part: { host, address }, plan, budget }) => ({ host, address, plan, budget }));
  return { name: lab.name, plans };
}

function resolved(file: TopologyFile, facts: HostsFacts, options: Options): Lab {
  return resolveOrExit(file, facts, resolveOptions(options), options.json === true);
}

/** The plans where nothing is there yet. */
function fromNothing(lab: Lab, facts: HostsFacts): NamedPlans {
  const plans = partsOf(lab).map(({ host, address, lab: part }) => {
    const plan = makePlan(part.name, labResources(part), []);
    return { host, address, plan, budget: planBudget(part, plan, [], facts.get(host) as HostFacts, []) };
  });
  return { name: lab.name, plans };
}

/** Each host as the model of one. */
export function simulatedHosts(hosts: readonly HostSpec[]): HostsFacts {
  return new Map(hosts.map(({ name }) => [name, simulatedFacts()]));
}
