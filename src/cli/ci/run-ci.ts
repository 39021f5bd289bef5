import type { Lab } from "../../lab/lab.ts";
import type { Result } from "../../measure/result.ts";
import type { ExitCode } from "../exit.ts";
import { explain } from "../explain-error.ts";
import { loadTopology } from "../input.ts";
import { armsOf } from "../kind-of.ts";
import { seedOf } from "../measure-options.ts";
import { readResult } from "../result-file.ts";
import { note } from "../terminal.ts";
import { refuseSeveral } from "../where.ts";
import { type Artefacts, openArtefacts } from "./artefacts.ts";
import { awaitCpus, awaitLabs } from "./await-cpus.ts";
import { checkRunners } from "./check-host.ts";
import { diagnosticsOf, report, show } from "./conclude.ts";
import type { Found } from "./found.ts";
import { measure } from "./measurement.ts";
import type { CiOptions } from "./options.ts";
import { placeOf, requireRootFor } from "./place.ts";
import { removeLabs } from "./remove-labs.ts";
import { Stages } from "./stages.ts";
import { Stopper } from "./stopper.ts";
import { takeTurns } from "./take-turn.ts";
import { outcomeOf } from "./verdict.ts";

/** Everything that a CI job does with a topology, from looking at the host to removing the labs again; gives the exit code. */
export async function runCi(path: string, options: CiOptions): Promise<ExitCode> {
  await requireRootFor(path, options);
  using stopper = new Stopper();
  const seed = seedOf(options);
  using artefacts = await openArtefacts(options.out);
  const stages = new Stages();
  const found: Found = { labs: [] };
  try {
    await work(path, { ...options, seed }, { stopper, artefacts, stages, found });
  } catch (error) {
    found.error = error;
  }
  stopper.lift();
  const stage = stages.failed;
  const remains = await failureOf(async () => {
    const { labs, place } = found;
    if (labs.length > 0 && place !== undefined) await stages.run("destroy", () => removeLabs(labs, place));
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
  await failureOf(async () => found.turn?.[Symbol.asyncDispose]());
  const last =
    reported === undefined
      ? outcome
      : outcomeOf({ ...ending, error: error ?? reported, stage: ending.stage ?? "report" });
  for (const later of [remains, reported]) if (later !== undefined && later !== error) note(explain(later).message);
  show(last, found, stages, artefacts, options);
  return last.code;
}

interface Tools {
  readonly stopper: Stopper;
  readonly artefacts: Artefacts;
  readonly stages: Stages;
  readonly found: Found;
}

async function work(path: string, options: CiOptions & { readonly seed: number }, tools: Tools): Promise<void> {
  const { stopper, artefacts, stages, found } = tools;
  const { file, baseline, place } = await stages.run("validate", async () => {
    const loaded = await loadTopology(path, false);
    if (options.simulate === true) {
      refuseSeveral(loaded.topology, "there is no model of tunnels between hosts", "leave --simulate out");
    }
    return {
      file: loaded,
      place: await placeOf(loaded, options),
      baseline: options.baseline === undefined ? undefined : await readResult(options.baseline),
    };
  });
  found.file = file;
  found.place = place;
  const site = await place.open(options.seed, stopper.signal);
  const waitEndsAt = performance.now() + options.wait;
  const turn = site.simulated
    ? undefined
    : await stages.run("wait", async () => {
        const hosts = place.machines.map(({ host }) => host);
        const taken = await takeTurns(path, options.wait, stopper, hosts);
        found.turn = taken;
        found.labs = taken.left;
        return taken;
      });
  const { facts, arms } = await stages.run("doctor", async () => {
    if (site.simulated) note("SIMULATED: a model of a host is checked, not this one.");
    const known = await checkRunners(place.machines, artefacts, stopper.signal);
    return { facts: known, arms: armsOf(file, known, options) };
  });
  await stages.run("measure", async () => {
    stopper.signal.throwIfAborted();
    const labs = [...new Map(arms.map(({ lab }) => [lab.name, lab])).values()];
    const own = labs.map(({ name }) => name);
    const waitLeftMs = (): number => Math.max(0, waitEndsAt - performance.now());
    await awaitLabs(site, own, waitLeftMs());
    // What is measured is what the file says, and nothing that was brought up before and changed since.
    await removeLabs([...new Set([...(turn?.left ?? []), ...own])], place);
    for (const { name, host } of place.machines) {
      const here = labs.flatMap((lab) => (name === undefined ? [lab] : partsOn(lab, name)));
      await awaitCpus(here, waitLeftMs(), host, stopper.signal);
    }
    if (options.timeLimit !== undefined) stopper.limit(options.timeLimit);
    await turn?.willBringUp(own);
    found.labs = own;
    const onResult = (result: Result): void => {
      found.result = result;
    };
    const out = artefacts.path("result");
    await measure({ site, file, arms, facts, seed: options.seed, baseline, out, onResult }, options);
  });
}

function partsOn({ parts = [] }: Lab, host: string): readonly Lab[] {
  return parts.flatMap((part) => (part.host === host ? [part.lab] : []));
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
