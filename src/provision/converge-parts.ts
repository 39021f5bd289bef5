import type { Host } from "../host/host.ts";
import { takeInOrder } from "../host/take-in-order.ts";
import type { HostFacts, HostsFacts } from "../lab/host-facts.ts";
import type { Lab, LabPart } from "../lab/lab.ts";
import type { Budget } from "../plan/budget.ts";
import type { Plan } from "../plan/plan.ts";
import type { ApplyOutcome } from "./apply.ts";
import { ApplyFailedError, changeLab, confirmLab, lockHost, preparePlan } from "./converge.ts";
import type { World } from "./driver.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { ApplyEvent, EmitApply } from "./event.ts";
import { isInterruption } from "./interruption.ts";
import type { LiveLab } from "./verify.ts";

/** The hosts of a lab that is on several, by their names in the file. */
export type Worlds = ReadonlyMap<string, World>;

/** What is to happen on one host of a lab. */
export interface PreparedPart {
  readonly part: LabPart;
  readonly world: World;
  readonly plan: Plan;
  readonly budget: Budget;
}

/** The parts of a lab; throws for one that is on one host. */
export function partsOf({ name, parts }: Lab): readonly LabPart[] {
  if (parts === undefined) throw new Error(`internal: lab ${name} is on one host`);
  return parts;
}

/** The world of a host. */
export function worldOf(worlds: Worlds, host: string): World {
  const world = worlds.get(host);
  if (world === undefined) throw new Error(`internal: no connection to host ${host}`);
  return world;
}

/** In the order of the file. */
export function hostsOf(worlds: Worlds): readonly Host[] {
  return [...worlds.values()].map(({ host }) => host);
}

/** Keeps other labs from coming up on any of the hosts. */
export function lockHosts(worlds: Worlds, lab: string): Promise<AsyncDisposable> {
  return takeInOrder(hostsOf(worlds), (host) => lockHost(host, lab));
}

/** Observes a lab on all of its hosts, and plans what would bring each part to what it should be. Reads only. */
export async function prepareParts(lab: Lab, worlds: Worlds, facts: HostsFacts): Promise<readonly PreparedPart[]> {
  return Promise.all(
    partsOf(lab).map(async (part) => {
      const world = worldOf(worlds, part.host);
      const prepared = await preparePlan(part.lab, world.reader, facts.get(part.host) as HostFacts);
      return { part, world, ...prepared };
    }),
  );
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
    const failed = outcomes.flatMap(({ host, failure }) =>
      failure === undefined
        ? []
        : [`host ${host}: ${failure.message.replaceAll("\nerror: ", `\nerror: host ${host}: `)}`],
    );
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
  const applied = await Promise.all(
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
  const verified = await Promise.all(
    prepared.map(({ part, plan, world }) => settled(confirmLab(part.lab, plan, world))),
  );
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

/** An interruption is the user's, and no host's failure. */
function failed({ name }: Lab, outcomes: readonly PartOutcome[], [first]: readonly PreparedPart[]): unknown {
  const signal = first?.world.signal;
  const real = outcomes.some(({ failure }) => {
    if (failure === undefined || (signal !== undefined && isInterruption(failure, signal))) return false;
    return !(failure instanceof ApplyFailedError && failure.outcome.failed.length === 0);
  });
  return real ? new PartsFailedError(name, outcomes) : outcomes.find(({ failure }) => failure !== undefined)?.failure;
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

async function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    // What is a bug is no host's failure.
    if (!(error instanceof Error) || error instanceof TypeError || error.message.startsWith("internal:")) throw error;
    return { ok: false, error };
  }
}
