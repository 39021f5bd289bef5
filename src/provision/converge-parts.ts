import { allEnded } from "../host/all-ended.ts";
import type { HostFacts, HostsFacts } from "../lab/host-facts.ts";
import type { Lab, LabPart } from "../lab/lab.ts";
import type { Budget } from "../plan/budget.ts";
import type { Plan } from "../plan/plan.ts";
import type { ApplyOutcome } from "./apply.ts";
import { ApplyFailedError, changeLab, confirmLab, preparePlan } from "./converge.ts";
import type { World } from "./driver.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { ApplyEvent, EmitApply } from "./event.ts";
import type { LiveLab } from "./verify.ts";
import { isBug, messageOf, onParts, type Worlds, wasInterrupted } from "./worlds.ts";

/** What is to happen on one host of a lab. */
export interface PreparedPart {
  readonly part: LabPart;
  readonly world: World;
  readonly plan: Plan;
  readonly budget: Budget;
}

/** Observes a lab on all of its hosts, and plans what would bring each part to what it should be. Reads only. */
export async function prepareParts(lab: Lab, worlds: Worlds, facts: HostsFacts): Promise<readonly PreparedPart[]> {
  return onParts(lab, worlds, async (part, world) => {
    const prepared = await preparePlan(part.lab, world.reader, facts.get(part.host) as HostFacts);
    return { part, world, ...prepared };
  });
}

/** How far a host came, of a lab whose hosts did not all come to their end. */
interface PartOutcome {
  readonly host: string;
  readonly address: string;
  readonly planned: number;
  readonly done: number;
  /** Why it is not as the file says; undefined if it is. */
  readonly failure: Error | undefined;
}

/** Not every host of a lab is as it should be; the others stay as they are. */
export class PartsFailedError extends Error {
  readonly outcomes: readonly PartOutcome[];
  constructor(lab: string, outcomes: readonly PartOutcome[]) {
    const failed = outcomes.flatMap(({ host, failure }) => (failure === undefined ? [] : [messageOf(host, failure)]));
    const states = outcomes.map(({ host, address, planned, done, failure }) => {
      const steps = `${done} of ${planned} steps done`;
      return `  - ${host} (${address}): ${failure === undefined ? "as the file says" : `not as the file says, ${steps}`}`;
    });
    super(
      `${failed.join("\nerror: ")}\nLab ${lab} on its hosts, which stay as they are for a look:\n${states.join("\n")}`,
    );
    this.name = "PartsFailedError";
    this.outcomes = outcomes;
  }
}

/**
 * Carries out the plans of all hosts at once, and waits until the lab works on each of them. A host that fails keeps no other from coming to its end: then only the one
 * that failed is left to be done. Whether switches reach each other is looked at when all are up.
 */
export async function carryOutParts(
  lab: Lab,
  prepared: readonly PreparedPart[],
  emit: EmitApply,
): Promise<ReadonlyMap<string, LiveLab>> {
  const elsewhere = new Elsewhere();
  for (const { part, plan } of prepared) elsewhere.expect(part.host, plan);
  const applied = await allEnded(
    prepared.map(async ({ part, plan, world }) => {
      const told = (event: ApplyEvent): void => {
        elsewhere.see(event);
        emit({ ...event, host: part.host });
      };
      const waiting = { ...world, elsewhere: (id: string) => elsewhere.awaited(id, world.signal) };
      const attempt = await settled(changeLab(plan, waiting, told)).finally(() => elsewhere.end(part.host));
      return attempt.ok
        ? { done: attempt.value.done.length, failure: failureOf(part, attempt.value) }
        : { done: 0, failure: attempt.error };
    }),
  );
  const outcomes = prepared.map(({ part: { host, address }, plan }, index) => ({
    host,
    address,
    planned: plan.operations.length,
    done: applied[index]?.done ?? 0,
    failure: applied[index]?.failure,
  }));
  if (outcomes.some(({ failure }) => failure !== undefined)) throw failed(lab, outcomes, prepared);
  const verified = await allEnded(prepared.map(({ part, plan, world }) => settled(confirmLab(part.lab, plan, world))));
  const seen = outcomes.map((outcome, index) => {
    const attempt = verified[index];
    return attempt === undefined || attempt.ok ? outcome : { ...outcome, failure: attempt.error };
  });
  if (seen.some(({ failure }) => failure !== undefined)) throw failed(lab, seen, prepared);
  return new Map(
    prepared.flatMap(({ part }, index) => {
      const attempt = verified[index];
      return attempt?.ok === true ? [[part.host, attempt.value] as const] : [];
    }),
  );
}

function failureOf({ lab }: LabPart, outcome: ApplyOutcome): Error | undefined {
  const whole = outcome.failed.length === 0 && outcome.skipped.length === 0;
  return whole ? undefined : new ApplyFailedError(lab.name, outcome);
}

function failed({ name }: Lab, outcomes: readonly PartOutcome[], [first]: readonly PreparedPart[]): unknown {
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const real = failures.some((failure) => !wasInterrupted(failure, first?.world.signal));
  return real ? new PartsFailedError(name, outcomes) : failures[0];
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

async function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    if (isBug(error)) throw error;
    return { ok: false, error: error as Error };
  }
}
