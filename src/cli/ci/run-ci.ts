import type { Result } from "../../measure/result.ts";
import type { ExitCode } from "../exit.ts";
import { explain } from "../explain-error.ts";
import { loadTopology } from "../input.ts";
import { armsOf } from "../kind-of.ts";
import { seedOf } from "../measure-options.ts";
import { readResult } from "../result-file.ts";
import { requireRoot } from "../root.ts";
import { type Site, siteOf } from "../site.ts";
import { note } from "../terminal.ts";
import { type Artefacts, openArtefacts } from "./artefacts.ts";
import { awaitCpus, awaitLabs } from "./await-cpus.ts";
import { checkRunner } from "./check-host.ts";
import { diagnosticsOf, report, show } from "./conclude.ts";
import type { Found } from "./found.ts";
import { measure } from "./measurement.ts";
import type { CiOptions } from "./options.ts";
import { removeLabs } from "./remove-labs.ts";
import { Stages } from "./stages.ts";
import { Stopper } from "./stopper.ts";
import { takeTurn } from "./take-turn.ts";
import { outcomeOf } from "./verdict.ts";

/** Everything that a CI job does with a topology, from looking at the host to removing the labs again; gives the exit code. */
export async function runCi(path: string, options: CiOptions): Promise<ExitCode> {
  // An ordinary user's corebed goes on through sudo, and this process only waits for it.
  if (options.simulate !== true) await requireRoot();
  using stopper = new Stopper();
  const seed = seedOf(options);
  const site = await siteOf(options, seed, stopper.signal);
  using artefacts = await openArtefacts(options.out);
  const stages = new Stages();
  const found: Found = { labs: [] };
  try {
    await work(path, { ...options, seed }, { site, stopper, artefacts, stages, found });
  } catch (error) {
    found.error = error;
  }
  stopper.lift();
  const stage = stages.failed;
  const remains = await failureOf(async () => {
    if (found.labs.length > 0) await stages.run("destroy", () => removeLabs(found.labs, site.simulated));
  });
  const error = found.error ?? remains;
  const name = found.file?.topology.name ?? path;
  const ending = { name, result: found.result, error, cause: stopper.cause, stage: stage ?? stages.failed };
  const outcome = outcomeOf(ending);
  const { problem } = outcome.verdict;
  if (problem !== undefined && diagnosticsOf(error).length === 0) note(`error: ${problem}`);
  const reported = await failureOf(() =>
    stages.run("report", () => report(outcome, found, ending, artefacts, options)),
  );
  // Reports are made while the machine is ours: drawing them takes a CPU for a moment.
  // Where it cannot be given back it is over with this process.
  await failureOf(async () => found.lease?.[Symbol.asyncDispose]());
  const last =
    reported === undefined
      ? outcome
      : outcomeOf({ ...ending, error: error ?? reported, stage: ending.stage ?? "report" });
  for (const later of [remains, reported]) if (later !== undefined && later !== error) note(explain(later).message);
  show(last, found, stages, artefacts, options);
  return last.code;
}

interface Tools {
  readonly site: Site;
  readonly stopper: Stopper;
  readonly artefacts: Artefacts;
  readonly stages: Stages;
  readonly found: Found;
}

async function work(path: string, options: CiOptions & { readonly seed: number }, tools: Tools): Promise<void> {
  const { site, stopper, artefacts, stages, found } = tools;
  const { file, baseline } = await stages.run("validate", async () => {
    const loaded = await loadTopology(path, false);
    return {
      file: loaded,
      baseline: options.baseline === undefined ? undefined : await readResult(options.baseline),
    };
  });
  found.file = file;
  const waitEndsAt = performance.now() + options.wait;
  const left = site.simulated
    ? []
    : await stages.run("wait", async () => {
        const turn = await takeTurn(path, options.wait, stopper);
        found.lease = turn.lease;
        return turn.left;
      });
  const { facts, arms } = await stages.run("doctor", async () => {
    if (site.simulated) note("SIMULATED: a model of a host is checked, not this one.");
    const host = await checkRunner(site.simulated, artefacts);
    return { facts: host, arms: armsOf(file, host, options) };
  });
  await stages.run("measure", async () => {
    stopper.signal.throwIfAborted();
    const labs = [...new Map(arms.map(({ lab }) => [lab.name, lab])).values()];
    const own = labs.map(({ name }) => name);
    const waitLeftMs = (): number => Math.max(0, waitEndsAt - performance.now());
    await awaitLabs(site, own, waitLeftMs());
    // What is measured is what the file says, and nothing that was brought up before and changed since.
    await removeLabs([...new Set([...left, ...own])], site.simulated);
    if (!site.simulated) await awaitCpus(labs, waitLeftMs(), stopper.signal);
    if (options.timeLimit !== undefined) stopper.limit(options.timeLimit);
    await found.lease?.beat({ labs: own });
    found.labs = own;
    const onResult = (result: Result): void => {
      found.result = result;
    };
    const out = artefacts.path("result");
    await measure({ site, file, arms, facts, seed: options.seed, baseline, out, onResult }, options);
  });
}

/** What an action throws, if it does. */
async function failureOf(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}
