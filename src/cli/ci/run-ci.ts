import type { Lease } from "../../host/lease.ts";
import type { Result } from "../../measure/result.ts";
import { formatResult } from "../../report/format-result.ts";
import { deliverMetrics } from "../deliver-metrics.ts";
import { Exit, type ExitCode } from "../exit.ts";
import { explain } from "../explain-error.ts";
import { loadTopology, type TopologyFile } from "../input.ts";
import { seedOf } from "../measure-options.ts";
import { readResult } from "../result-file.ts";
import { type Site, siteOf } from "../site.ts";
import { note, outputOf, print, printJson } from "../terminal.ts";
import { type Artefacts, openArtefacts } from "./artefacts.ts";
import { awaitCpus, awaitLabs } from "./await-cpus.ts";
import { checkRunner } from "./check-host.ts";
import { armsOf, measure } from "./measurement.ts";
import type { CiOptions } from "./options.ts";
import { publish } from "./publish.ts";
import { removeLabs } from "./remove-labs.ts";
import { Stages } from "./stages.ts";
import { Stopper } from "./stopper.ts";
import { takeTurn } from "./take-turn.ts";
import { type Outcome, outcomeOf } from "./verdict.ts";

/** What a run has found out so far. */
interface Found {
  file?: TopologyFile;
  result?: Result | undefined;
  /** Labs that this run may have brought up. */
  labs: readonly string[];
  lease?: Lease;
  error?: unknown;
}

/** Everything that a CI job does with a topology, from looking at the host to removing the labs again; gives the exit code. */
export async function runCi(path: string, options: CiOptions): Promise<ExitCode> {
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
  await found.lease?.[Symbol.asyncDispose]();
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

type Ending = Parameters<typeof outcomeOf>[0];

async function report(
  { verdict, code }: Outcome,
  found: Found,
  { error, stage = "measure" }: Ending,
  artefacts: Artefacts,
  options: CiOptions,
): Promise<void> {
  const { problem } = verdict;
  // After a failure on the way there may be a result of what was measured until then.
  found.result ??= await readResult(artefacts.path("result")).catch(() => undefined);
  const publication = {
    outcome: { verdict, code },
    file: found.file,
    result: found.result,
    diagnostics: diagnosticsOf(error),
    problem: problem === undefined ? undefined : { stage, message: problem },
  };
  await publish(publication, artefacts, options.json === true);
  if (found.result?.complete === true) await deliverMetrics(found.result, options);
}

/** They have been told where they were found. */
function diagnosticsOf(error: unknown): Exit["diagnostics"] {
  return error instanceof Exit ? error.diagnostics : [];
}

function show(
  { code, verdict }: Outcome,
  found: Found,
  stages: Stages,
  artefacts: Artefacts,
  options: CiOptions,
): void {
  const { result } = found;
  if (options.json === true) {
    printJson({
      schema: "corebed/ci/1",
      passed: verdict.passed,
      exitCode: code,
      sentence: verdict.sentence,
      ...(verdict.problem !== undefined && { problem: verdict.problem }),
      stages: stages.done,
      folder: artefacts.folder,
      ...(result !== undefined && { result }),
    });
    return;
  }
  if (result !== undefined) print(formatResult(result, outputOf(process.stdout)));
  print(`corebed ci: ${verdict.name} ${verdict.sentence}`);
  print(`Artefacts: ${artefacts.folder}`);
}
