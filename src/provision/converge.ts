import { readHugePageFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { labResources } from "../lab/resources.ts";
import { type Budget, planBudget } from "../plan/budget.ts";
import { makeDestroyPlan } from "../plan/destroy-plan.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { type ApplyOutcome, applyPlan } from "./apply.ts";
import type { Reader, World } from "./driver.ts";
import type { EmitApply } from "./event.ts";
import { cpuClaims, observeLab } from "./observe.ts";
import { sendOwnImages } from "./own-images.ts";
import { settleKept } from "./settle-kept.ts";
import { type LiveLab, verifyLab } from "./verify.ts";

/** A plan with what it takes of the host. */
interface PreparedPlan {
  readonly plan: Plan;
  readonly budget: Budget;
}

/**
 * Observes the lab and plans what would bring it to what it should be. Reads only. Huge pages are counted at the same moment, whatever the facts say: other labs may
 * have come up since those were read.
 */
export async function preparePlan(lab: Lab, reader: Reader, facts: HostFacts): Promise<PreparedPlan> {
  const [observed, claims, hugePages] = await Promise.all([
    observeLab(reader, lab.name),
    cpuClaims(reader),
    readHugePageFacts(reader.host),
  ]);
  const plan = makePlan(lab.name, labResources(lab), observed);
  return { plan, budget: planBudget(lab, plan, observed, { ...facts, hugePages }, claims) };
}

/** Longer than any apply takes by itself. */
const HOST_LOCK_WAIT_MS = 120_000;

/**
 * Keeps labs from coming up at the same moment: each would see the CPUs and huge pages free that the other is about to take. Held from the look at what is
 * there until the lab is up.
 */
export function lockHost(host: Pick<Host, "lock">, lab: string): Promise<AsyncDisposable> {
  return host.lock("host", `corebed bringing up lab ${lab} (process ${process.pid})`, HOST_LOCK_WAIT_MS);
}

/** A plan was not carried out to its end. */
export class ApplyFailedError extends Error {
  readonly outcome: ApplyOutcome;
  constructor(lab: string, outcome: ApplyOutcome) {
    const causes = outcome.failed.map(({ operation, error }) => `${operation.key}: ${(error as Error).message}`);
    super(causes.length > 0 ? causes.join("\nerror: ") : `lab ${lab}: interrupted before everything was done`);
    this.name = "ApplyFailedError";
    this.outcome = outcome;
  }
}

/** Carries out a plan and waits until the lab works as it should: NFs answer, ports are connected, threads are on their CPUs. */
export async function carryOut(lab: Lab, plan: Plan, world: World, emit: EmitApply): Promise<LiveLab> {
  const outcome = await changeLab(plan, world, emit);
  if (outcome.failed.length > 0 || outcome.skipped.length > 0) throw new ApplyFailedError(lab.name, outcome);
  return await confirmLab(lab, plan, world);
}

/** The first half of {@link carryOut}: makes, changes and removes what the plan says. */
export async function changeLab(plan: Plan, world: World, emit: EmitApply): Promise<ApplyOutcome> {
  await sendOwnImages(plan, world, emit);
  return await applyPlan(plan, world, emit);
}

/** The second: makes sure of what was kept, and waits until all of it works. */
export async function confirmLab(lab: Lab, plan: Plan, world: World): Promise<LiveLab> {
  await settleKept(lab, plan, world);
  return await verifyLab(lab, world);
}

/** Removes everything that carries the lab's mark, and says how many things that were. Twice is fine. */
export async function destroyLab(name: string, world: World, emit: EmitApply): Promise<number> {
  const plan = makeDestroyPlan(name, await observeLab(world.reader, name));
  const outcome = await applyPlan(plan, world, emit);
  if (outcome.failed.length > 0 || outcome.skipped.length > 0) throw new ApplyFailedError(name, outcome);
  return plan.operations.length;
}
