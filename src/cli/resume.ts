import { areOfHosts, type HostFacts, type KnownFacts } from "../lab/host-facts.ts";
import { ASKED_METHOD } from "../measure/asked-method.ts";
import type { Result, ResultKind } from "../measure/result.ts";
import { clean } from "../report/text.ts";
import { decodeText } from "../topology/decode-text.ts";
import { hasHidden, hideValues } from "../topology/hide-values.ts";
import { changedBy } from "../topology/named-settings.ts";
import { parseTopology } from "../topology/parse-topology.ts";
import type { MeasureMethod, Topology } from "../topology/topology.ts";
import { withCapture } from "./capture.ts";
import { EXIT, Exit } from "./exit.ts";
import { rejected, type TopologyFile, topologyBytes } from "./input.ts";

/** The topology of a result that is to be gone on with, as it was then: what was measured must not be mixed with something else. */
export async function resumed(result: Result, kind: ResultKind, json: boolean): Promise<TopologyFile> {
  if (result.kind !== kind) {
    throw new Exit(EXIT.badInput, `error: this is the result of corebed ${result.kind}, not of ${kind}`);
  }
  if (result.complete) {
    throw new Exit(EXIT.badInput, "error: this result is complete: there is nothing to go on with");
  }
  const { text, file } = result.topology;
  const parsed = parseTopology(hasHidden(text) ? await wholeText(text, file) : new TextEncoder().encode(text), file);
  if (!parsed.ok) throw rejected(parsed.diagnostics, parsed.source, json);
  return { topology: withCapture(parsed.topology, file), source: parsed.source };
}

/** Refuses to go on elsewhere: trials of two machines, or of a machine and a model, do not make one result. */
export function checkSameBed(earlier: Result, simulated: boolean, known: KnownFacts): void {
  const { versions } = earlier;
  const several = areOfHosts(known);
  const things: readonly (readonly [string, unknown, unknown])[] = [
    ["the data plane", wayOf(earlier.simulated), wayOf(simulated)],
    ...(several
      ? [...known].flatMap(([name, facts]) => {
          const then = earlier.hosts?.find((host) => host.name === name);
          return hostThings(` ${name}`, then && { ...then.facts, kernel: then.versions.kernel }, facts);
        })
      : hostThings("", { ...earlier.host, kernel: versions.kernel }, known)),
    ...Object.entries(versions.images).flatMap(([name, reference]) => {
      const now = firstOf(known).images.find((image) => image.name === name)?.reference;
      return now === undefined ? [] : [[`the image ${name}`, reference, now] as const];
    }),
  ];
  const differences = things.filter(([, then, now]) => then !== now);
  if (differences.length === 0) return;
  const lines = differences.map(([what, then, now]) =>
    clean(`  ${what} was ${then}, and is ${now} now`, { unicode: true }),
  );
  throw new Exit(
    EXIT.badInput,
    `error: the result was begun elsewhere:\n${lines.join("\n")}\n  = help: go on where it was begun, or begin anew`,
  );
}

type ToldHost = Pick<HostFacts, "hostname" | "cpus"> & { readonly kernel: string };

function hostThings(
  name: string,
  then: ToldHost | undefined,
  now: HostFacts,
): readonly (readonly [string, unknown, unknown])[] {
  const of = name === "" ? "" : ` of host${name}`;
  return [
    [`the host${name}`, then?.hostname ?? "none", now.hostname],
    [`the CPU model${of}`, then?.cpus.model, now.cpus.model],
    [`the kernel${of}`, then?.kernel, now.os.kernel],
  ];
}

/** Images are told of the first host: all have the same. */
function firstOf(known: KnownFacts): HostFacts {
  const [first] = areOfHosts(known) ? known.values() : [known];
  if (first === undefined) throw new Error("internal: no facts of any host");
  return first;
}

function wayOf(simulated: boolean): string {
  return simulated ? "a model (--simulate)" : "a machine's";
}

/** Results hide the values of environments; the file that they came from still has them, if it is the same. */
async function wholeText(text: string, file: string): Promise<Uint8Array> {
  const refuse = (why: string): Exit =>
    new Exit(
      EXIT.badInput,
      `error: the result hides the values of env, and ${clean(file, { unicode: true })} ${why}\n  = help: put the file back as it was then, or begin anew`,
    );
  const bytes = await topologyBytes(file).catch(() => {
    throw refuse("cannot be read");
  });
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
