import { readFileSync } from "node:fs";
import { ASKED_METHOD } from "../measure/asked-method.ts";
import type { Result, ResultKind } from "../measure/result.ts";
import { decodeText } from "../topology/decode-text.ts";
import { hasHidden, hideValues } from "../topology/hide-values.ts";
import { changedBy } from "../topology/named-settings.ts";
import { parseTopology } from "../topology/parse-topology.ts";
import type { MeasureMethod, Topology } from "../topology/topology.ts";
import { withCapture } from "./capture.ts";
import { EXIT, Exit } from "./exit.ts";
import { rejected, type TopologyFile } from "./input.ts";

/** The topology of a result that is to be gone on with, as it was then: what was measured must not be mixed with something else. */
export function resumed(result: Result, kind: ResultKind, json: boolean): TopologyFile {
  if (result.kind !== kind) {
    throw new Exit(EXIT.badInput, `error: this is the result of corebed ${result.kind}, not of ${kind}`);
  }
  if (result.complete) {
    throw new Exit(EXIT.badInput, "error: this result is complete: there is nothing to go on with");
  }
  const { text, file } = result.topology;
  const parsed = parseTopology(hasHidden(text) ? wholeText(text, file) : new TextEncoder().encode(text), file);
  if (!parsed.ok) throw rejected(parsed.diagnostics, parsed.source, json);
  return { topology: withCapture(parsed.topology, file), source: parsed.source };
}

/** Results hide the values of environments; the file that they came from still has them, if it is the same. */
function wholeText(text: string, file: string): Uint8Array {
  const refuse = (why: string): Exit =>
    new Exit(
      EXIT.badInput,
      `error: the result hides the values of env, and ${file} ${why}\n  = help: put the file back as it was then, or begin anew`,
    );
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw refuse("cannot be read");
  }
  if (hideValues(decodeText(bytes).text) !== text) throw refuse("is not the file that it was");
  return bytes;
}

/** What the command line said then in place of the file: going on without it would put two kinds of trials into one result. */
export function optionsThen(
  { arms, method }: Result,
  { measure, sweep }: Topology,
): { readonly fold: boolean; readonly trials: number | undefined; readonly measure: MeasureMethod | undefined } {
  const sweepsMethod = (sweep ?? []).flatMap(changedBy).some((parameter) => parameter.startsWith("measure"));
  const then = ASKED_METHOD[method.kind];
  return {
    fold: arms.some(({ cpus }) => cpus.folded),
    trials: !sweepsMethod && (method.kind === "fixed-rate" || method.kind === "max-rate") ? method.trials : undefined,
    measure: sweepsMethod || then === measure.method ? undefined : then,
  };
}
