import { hasChanges } from "../plan/plan.ts";
import { carryOutParts, type PreparedPart, prepareParts } from "../provision/converge-parts.ts";
import { lockHosts } from "../provision/worlds.ts";
import { formatHostPlans, type HostPlan } from "../report/plan-text.ts";
import { refuseObstacles } from "../run/hosts-ground.ts";
import type { HostSpec } from "../topology/topology.ts";
import { agree } from "./agree.ts";
import { confirmPlan } from "./confirm-plan.ts";
import { resolveOrExit, type TopologyFile } from "./input.ts";
import { plansJson } from "./plan-parts.ts";
import { Progress } from "./progress.ts";
import { resolveOptions } from "./resolve-options.ts";
import { lockRigs, openRigs, readyRigs } from "./rigs.ts";
import { note, outputOf, print, printJson } from "./terminal.ts";

interface Options {
  /** As named on the command line. */
  readonly file: string;
  readonly foldCores?: boolean;
  readonly allowPrivileged?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `corebed apply FILE` of a lab on several hosts: all of them at once, over one connection each. */
export async function applyParts(loaded: TopologyFile, hosts: readonly HostSpec[], options: Options): Promise<void> {
  const json = options.json === true;
  const rigs = await openRigs(hosts);
  const facts = await readyRigs(rigs, "quick");
  const lab = resolveOrExit(loaded, facts, resolveOptions(options), json);
  await using _lock = await lockRigs(rigs, [lab.name], "apply");
  await using agreed = await agree({
    lock: () => lockHosts(rigs.worlds, lab.name),
    prepare: async () => {
      const prepared = await prepareParts(lab, rigs.worlds, facts);
      refuseObstacles(prepared);
      return prepared;
    },
    plans: (prepared) => prepared.map(({ plan }) => plan),
    ask: (prepared) => confirmPlan(formatHostPlans(lab.name, plansOf(prepared), outputOf(process.stderr))),
    yes: options.yes === true,
  });
  const { prepared } = agreed;
  const plans = plansOf(prepared);
  const startedAt = performance.now();
  const progress = new Progress({ quiet: json });
  try {
    await carryOutParts(lab, prepared, (event) => progress.apply(event));
  } catch (error) {
    progress.end();
    note(`corebed apply ${options.file} goes on from what is there; corebed destroy ${options.file} removes it.`);
    throw error;
  } finally {
    progress.end();
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (json) printJson(plansJson(lab.name, plans));
  else if (!plans.some(({ plan }) => hasChanges(plan))) {
    print(`Lab ${lab.name} is as the file says on ${named(hosts)}: nothing to do.`);
  } else {
    print(
      `Lab ${lab.name} is up on ${named(hosts)} (${seconds} s). Next: corebed run ${options.file}, corebed status ${options.file}, corebed destroy ${options.file}`,
    );
  }
}

function plansOf(prepared: readonly PreparedPart[]): readonly (HostPlan & Pick<PreparedPart, "budget">)[] {
  return prepared.map(({ part: { host, address }, plan, budget }) => ({ host, address, plan, budget }));
}

/** `hosts a and b` */
export function named(hosts: readonly Pick<HostSpec, "name">[]): string {
  const names = hosts.map(({ name }) => name);
  return `hosts ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
