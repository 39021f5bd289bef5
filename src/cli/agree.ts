import { isDeepStrictEqual } from "node:util";
import { isDisruptive, type Plan } from "../plan/plan.ts";
import { note } from "./terminal.ts";

/** A change to a host, or to several, before it is made. */
interface Proposal<T> {
  /** Keeps other labs from coming up on the hosts. */
  readonly lock: () => Promise<AsyncDisposable>;
  /** Looks at what is there and plans; throws where that cannot be carried out. */
  readonly prepare: () => Promise<T>;
  /** A plan for each host. */
  readonly plans: (prepared: T) => readonly Plan[];
  /** Shows what is planned and asks; throws if the answer is no, or nobody can give one. */
  readonly ask: (prepared: T) => Promise<void>;
  /** The answer beforehand. */
  readonly yes: boolean;
}

/** What may be carried out while this is not disposed of, which gives the hosts' locks back. */
interface Agreed<T> extends AsyncDisposable {
  readonly prepared: T;
}

/**
 * Plans under the hosts' locks, so that CPUs and huge pages that are counted stay there, and asks about what is taken away or made anew without them: nobody waits
 * for an answer but who asked. After it everything is looked at again; where another plan has come of it, that is another question.
 */
export async function agree<T>({ lock, prepare, plans, ask, yes }: Proposal<T>): Promise<Agreed<T>> {
  let answered: readonly Plan["steps"][] | undefined;
  for (;;) {
    const held = await lock();
    const prepared = await releasedOnError(held, prepare);
    const steps = plans(prepared).map((plan) => plan.steps);
    if (yes || isDeepStrictEqual(steps, answered) || !plans(prepared).some(isDisruptive)) {
      return { prepared, [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() };
    }
    await held[Symbol.asyncDispose]();
    if (answered !== undefined) note(CHANGED);
    await ask(prepared);
    answered = steps;
  }
}

const CHANGED = "What is there has changed since you were asked, and so has the plan:";

async function releasedOnError<T>(held: AsyncDisposable, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}
