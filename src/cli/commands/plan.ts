import type { Command } from "commander";
import { LARGEST_SETTINGS_BYTES, readText } from "../../host/read-at-most.ts";
import type { HostFacts } from "../../lab/host-facts.ts";
import { labResources } from "../../lab/resources.ts";
import { planBudget } from "../../plan/budget.ts";
import { planWithoutEnvironment } from "../../plan/hide-environment.ts";
import { makePlan } from "../../plan/make-plan.ts";
import { hasChanges } from "../../plan/plan.ts";
import { preparePlan } from "../../provision/converge.ts";
import { formatPlan } from "../../report/plan-text.ts";
import { simulatedFacts } from "../../simulate/facts.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption, type HostOption, hostField, withHost } from "../host-option.ts";
import { resolveOrExit } from "../input.ts";
import { loadWhere } from "../load-where.ts";
import { planParts } from "../plan-parts.ts";
import { allowPrivileged, resolveOptions } from "../resolve-options.ts";
import { requireRoot } from "../root.ts";
import { openSession, SILENT_ENGINE } from "../session.ts";
import { SIMULATED } from "../simulated-site.ts";
import { note, outputOf, print, printJson } from "../terminal.ts";
import { whyUnread } from "../why-unread.ts";

interface Options extends HostOption {
  readonly foldCores?: boolean;
  readonly allowPrivileged?: boolean;
  readonly facts?: string;
  readonly simulate?: boolean;
  readonly json?: boolean;
}

/** What is there of a lab is with the engine: without it nobody can see that. */
const STOPPED_ENGINE = "note: the Docker engine is stopped: this is planned as if nothing of the lab were there";

/** `corebed plan FILE`: what apply would do and why. Its drivers can only read. */
export function addPlan(program: Command): void {
  addHostOption(program.command("plan"), "simulate", "facts")
    .description("show what apply would do, and why, without doing it")
    .argument("<file>", "topology file, or - for standard input")
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .addOption(allowPrivileged())
    .option("--facts <file>", "plan for the host in this file (corebed doctor --json), as if nothing were there yet")
    .option("--simulate", "plan for a model of a host")
    .option("--json", "print the plan as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed plan lab.yaml", "what would change on this host"],
        ["corebed plan lab.yaml --facts facts.json", "on another, from its doctor --json"],
        ["corebed plan lab.yaml --simulate", "on a model of a host"],
      ),
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 nothing to do, 2 changes wait, 65 the file is wrong,\n69 the host has not enough left.",
    )
    .action(async (file: string, options: Options) => {
      const json = options.json === true;
      const onHost = options.facts === undefined && options.simulate !== true;
      const { loaded, where } = await loadWhere(file, options, onHost);
      if (where.kind === "several") {
        await planParts(loaded, where.hosts, options);
        return;
      }
      if (onHost) await requireRoot(where.options);
      const session = onHost ? openSession(where.options) : undefined;
      const facts = session === undefined ? await factsElsewhere(options) : await session.readFacts("quick");
      if (session !== undefined && facts.docker.state === "silent") throw new Exit(EXIT.unavailable, SILENT_ENGINE);
      if (session !== undefined && facts.docker.state === "stopped") note(STOPPED_ENGINE);
      const lab = resolveOrExit(loaded, facts, resolveOptions(options), json);
      const { plan, budget } =
        session === undefined || facts.docker.state !== "running"
          ? fromNothing(lab, facts)
          : await preparePlan(lab, session.world.reader, facts);
      if (json)
        printJson({
          ...(options.simulate === true && { simulated: true }),
          ...hostField(where.options),
          ...planWithoutEnvironment(plan),
          budget,
        });
      else
        print(
          (options.simulate === true ? `${SIMULATED}\n` : "") +
            withHost(formatPlan(plan, budget, outputOf(process.stdout)), where.options),
        );
      if (budget.obstacles.length > 0) throw new Exit(EXIT.unavailable);
      if (hasChanges(plan)) throw new Exit(EXIT.changes);
    });
}

/** Of a host that is not this one, and on which nothing is yet. */
async function factsElsewhere({ facts }: Options): Promise<HostFacts> {
  return facts === undefined ? simulatedFacts() : await savedFacts(facts);
}

function fromNothing(lab: Parameters<typeof labResources>[0], facts: HostFacts) {
  const plan = makePlan(lab.name, labResources(lab), []);
  return { plan, budget: planBudget(lab, plan, [], facts, []) };
}

/** What a plan asks of a host. */
const FACTS: readonly (keyof HostFacts)[] = ["hostname", "cpus", "memory", "hugePages", "kernelSupport", "images"];

async function savedFacts(path: string): Promise<HostFacts> {
  const help = "make it with: corebed doctor --json > facts.json";
  const text = await readText(path, LARGEST_SETTINGS_BYTES).catch((error: unknown) => {
    throw new Exit(EXIT.badInput, `error: ${path}: ${whyUnread(error)}\n  = help: ${help}`);
  });
  try {
    const saved = JSON.parse(text) as { readonly facts?: HostFacts } & HostFacts;
    const facts = saved.facts ?? saved;
    if (facts.schema === "corebed/host-facts/1" && FACTS.every((part) => part in facts)) return facts;
  } catch {
    // Not JSON: the same answer as for JSON of another kind.
  }
  throw new Exit(EXIT.badInput, `error: ${path}: these are no host facts of this version\n  = help: ${help}`);
}
