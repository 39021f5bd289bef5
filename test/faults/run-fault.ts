import { command, lines } from "../integration/support/command.ts";
import { startCorebed } from "../integration/support/corebed.ts";
import { Bench } from "./bench.ts";
import { type Case, type Fault, type Finding, type Row, spread } from "./fault.ts";
import { reviveEngine } from "./private-host.ts";
import { PREFIX, takeSnapshot } from "./snapshot.ts";

/** What a case found. */
interface Outcome {
  readonly findings: readonly Finding[];
  readonly said: readonly string[];
}

/** Which cases of a fault are wanted. */
export interface Wanted {
  /** How many; all unless told. */
  readonly times: number | undefined;
  /** Text that their names have. */
  readonly named: string | undefined;
}

/**
 * Makes a fault happen and tells, after each case, what was found until then: a long run that is cut short has its figures. Before and after each case `clear` takes
 * away what others have left.
 */
export async function* runFault(
  fault: Fault,
  { times, named = "" }: Wanted,
  clear: () => Promise<void> = clearHost,
): AsyncGenerator<CaseDone> {
  const startedAt = performance.now();
  const all = (await fault.cases(times)).filter(({ name }) => name.includes(named));
  const cases = times === undefined ? all : spread(all, times);
  const outcomes: Outcome[] = [];
  for (const [i, one] of cases.entries()) {
    const outcome = await runCase(one, clear);
    outcomes.push(outcome);
    const row: Row = {
      name: fault.name,
      what: fault.what,
      times: cases.slice(0, i + 1).reduce((sum, { times: count = 1 }) => sum + count, 0),
      findings: outcomes.flatMap(({ findings }) => findings),
      said: [...new Set(outcomes.flatMap(({ said }) => said))].toSorted(),
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
    yield { name: one.name, findings: outcome.findings, row };
  }
}

/** A case that has ended, and the fault's row with it. */
export interface CaseDone {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly row: Row;
}

/** One case, with no lab before it or after it. Whatever fails in it keeps no other case from its turn. */
async function runCase({ name, run }: Case, clear: () => Promise<void>): Promise<Outcome> {
  const outcome = { findings: [] as Finding[], said: [] as string[] };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const text = (error as Error).stack?.slice(0, 1_500) ?? String(error);
      outcome.findings.push({ kind: "undone", in: name, text });
    }
  };
  await attempt(async () => {
    await clear();
    await using bench = await Bench.open(name);
    await attempt(() => run(bench));
    outcome.findings.unshift(...bench.findings);
    outcome.said.push(...bench.said);
    await attempt(clear);
  });
  return outcome;
}

/** Makes the host one without labs, on which the engine answers. */
async function clearHost(): Promise<void> {
  await reviveEngine();
  await removeLabs();
}

/** Removes what is left of labs of this suite, which a case that ended well has not. */
async function removeLabs(): Promise<void> {
  const { ours } = await takeSnapshot("/nowhere");
  const names = ours.flatMap((item) => new RegExp(`corebed[./](${PREFIX}[a-z0-9-]+)`).exec(item)?.[1] ?? []);
  for (const name of new Set(names)) {
    await startCorebed(["destroy", name], { cwd: "/" }).finished.catch(() => undefined);
  }
  // What destroy could not is a finding already; it must not be in the way of the next case.
  const left = await lines("docker", "ps", "--all", "--quiet", "--filter", `name=^corebed.${PREFIX}`);
  if (left.length > 0) await command("docker", "rm", "--force", ...left);
}
