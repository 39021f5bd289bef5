import type { Command } from "commander";
import { planBudget } from "../../plan/budget.ts";
import { planWithoutEnvironment } from "../../plan/hide-environment.ts";
import { hasChanges } from "../../plan/plan.ts";
import { carryOut, lockHost, preparePlan } from "../../provision/converge.ts";
import { formatPlan } from "../../report/plan-text.ts";
import { ObstacleError, withoutObstacles } from "../../run/ground.ts";
import { simulatedFacts } from "../../simulate/facts.ts";
import { simulatedApply, simulatedPlan } from "../../simulate/simulated-apply.ts";
import { agree } from "../agree.ts";
import { applyLive } from "../apply-live.ts";
import { applyParts } from "../apply-parts.ts";
import { confirmPlan } from "../confirm-plan.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption } from "../host-option.ts";
import { resolveOrExit, type TopologyFile } from "../input.ts";
import { loadWhere } from "../load-where.ts";
import { Progress } from "../progress.ts";
import { allowPrivileged, resolveOptions } from "../resolve-options.ts";
import { requireRoot } from "../root.ts";
import { openSession, readyAndLocked } from "../session.ts";
import { SIMULATED } from "../simulated-site.ts";
import { outputOf, print, printJson } from "../terminal.ts";
import { refuseSeveral } from "../where.ts";

interface Options extends HostOption {
  readonly foldCores?: boolean;
  readonly allowPrivileged?: boolean;
  readonly yes?: boolean;
  readonly live?: boolean;
  readonly simulate?: boolean;
  readonly json?: boolean;
}

/** `corebed apply FILE`: brings the lab to what the file says. */
export function addApply(program: Command): void {
  addHostOption(program.command("apply"), "simulate")
    .description("bring the lab to what the file says: create, update or replace what differs, and nothing else")
    .argument("<file>", "topology file, or - for standard input")
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .addOption(allowPrivileged())
    .option("-y, --yes", "do not ask before something that is there is replaced or deleted")
    .option(
      "--live",
      "change the chains of a lab that is up while its traffic flows, and tell for how long they were blocked",
    )
    .option("--simulate", "go through the steps on a model of a host; nothing is made")
    .option("--json", "print the plan that was carried out as JSON; with --live what packets saw of it")
    .addHelpText(
      "after",
      examples(
        ["corebed apply lab.yaml", "asks before replacing or deleting"],
        ["corebed apply lab.yaml --fold-cores", "where CPUs are fewer than cores"],
        ["corebed apply lab.yaml --live", "an NF comes into a chain, or leaves it, while packets flow"],
        ["corebed apply lab.yaml --simulate", "only goes through the steps"],
      ),
    )
    .action(async (file: string, options: Options) => {
      const json = options.json === true;
      const { loaded, where } = await loadWhere(file, options, options.simulate !== true);
      if (options.simulate === true) {
        if (options.live === true) throw new Exit(EXIT.usage, NO_MODEL_OF_LIVE);
        refuseSeveral(loaded.topology, "there is no model of tunnels between hosts", "leave --simulate out");
        await applySimulated(loaded, options);
        return;
      }
      if (options.live === true) {
        refuseSeveral(
          loaded.topology,
          "--live changes a lab on one host",
          "leave it out: apply without it changes the lab on all hosts, and its traffic stops meanwhile",
        );
      }
      if (where.kind === "several") {
        await applyParts(loaded, where.hosts, { ...options, file });
        return;
      }
      await requireRoot(where.options);
      if (options.live === true) {
        await applyLive(loaded, { ...options, ...where.options });
        return;
      }
      const session = openSession(where.options);
      const { hostSuffix: on } = session;
      const { facts, lock } = await readyAndLocked(session, loaded.topology.name, "apply");
      await using _lock = lock;
      const lab = resolveOrExit(loaded, facts, resolveOptions(options), json);
      await using agreed = await agree({
        lock: () => lockHost(session.world.host, lab.name),
        prepare: async () => withoutObstacles(await preparePlan(lab, session.world.reader, facts)),
        plans: ({ plan }) => [plan],
        ask: ({ plan, budget }) => confirmPlan(formatPlan(plan, budget, outputOf(process.stderr))),
        yes: options.yes === true,
      });
      const { plan } = agreed.prepared;
      const startedAt = performance.now();
      const progress = new Progress({ quiet: json });
      try {
        await carryOut(lab, plan, session.world, (event) => progress.apply(event));
      } finally {
        progress.end();
      }
      if (json) printJson(planWithoutEnvironment(plan));
      else if (!hasChanges(plan)) print(`Lab ${lab.name} is as the file says: nothing to do.`);
      else
        print(
          `Lab ${lab.name} is up (${((performance.now() - startedAt) / 1000).toFixed(1)} s). Next: corebed run ${file}${on}, corebed status${on}, corebed destroy ${lab.name}${on}`,
        );
    });
}

const NO_MODEL_OF_LIVE =
  "error: --live measures packets of a lab that is up, which --simulate has not\n  = help: leave one of them out";

/** The same steps in the same order, on a host where nothing is and nothing is made. */
async function applySimulated(file: TopologyFile, options: Options): Promise<void> {
  const json = options.json === true;
  const facts = simulatedFacts();
  const lab = resolveOrExit(file, facts, resolveOptions(options), json);
  const plan = simulatedPlan(lab);
  const { obstacles } = planBudget(lab, plan, [], facts, []);
  if (obstacles.length > 0) throw new ObstacleError(obstacles);
  const progress = new Progress({ quiet: json });
  progress.line(SIMULATED);
  await simulatedApply(plan, new AbortController().signal, (event) => progress.apply(event));
  progress.end();
  if (json) printJson({ simulated: true, ...planWithoutEnvironment(plan) });
  else print(`SIMULATED: lab ${lab.name} would be up.`);
}
