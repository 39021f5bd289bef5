import { formatResult } from "../../report/format-result.ts";
import { deliverMetrics } from "../deliver-metrics.ts";
import { Exit } from "../exit.ts";
import { readResult } from "../result-file.ts";
import { outputOf, print, printJson } from "../terminal.ts";
import type { Artefacts } from "./artefacts.ts";
import type { Found } from "./found.ts";
import type { CiOptions } from "./options.ts";
import { publish } from "./publish.ts";
import type { Stages } from "./stages.ts";
import type { Ending, Outcome } from "./verdict.ts";

/** Writes and hands over all that there is to say; `stage` is where the run ended before its time. */
export async function report(
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

/** What was wrong with the file; it has been told where it was found. */
export function diagnosticsOf(error: unknown): Exit["diagnostics"] {
  return error instanceof Exit ? error.diagnostics : [];
}

/** Prints the outcome and, where there is one, the result. */
export function show(
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
