import type { KnownFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import type { ResolveOptions } from "../lab/resolve.ts";
import { labResources } from "../lab/resources.ts";
import type { ArmPlan } from "../measure/arm-plan.ts";
import { methodOf } from "../measure/method-of.ts";
import { parseTopology } from "../topology/parse-topology.ts";
import { sweepVariants, type Variant } from "../topology/sweep.ts";
import type { Datapath, MeasureMethod } from "../topology/topology.ts";
import { withCapture } from "./capture.ts";
import { resolveAllOrExit, resolvedOn, resolveFilesOrExit, resolveOrExit, type TopologyFile } from "./input.ts";
import { refuseUnmeasurable } from "./unmeasurable.ts";

/** What all arms of a command have in common. */
export interface ArmContext {
  readonly facts: KnownFacts;
  readonly fold: boolean;
  /** See `ResolveOptions`. */
  readonly allowPrivileged?: boolean;
  readonly json: boolean;
  /** Trials of each arm from the command line or `compare:`; undefined takes the file's. */
  readonly trials: number | undefined;
  /** From the command line, in place of the file's. */
  readonly measure: MeasureMethod | undefined;
}

function howOf({ fold, allowPrivileged }: ArmContext): ResolveOptions {
  return { fold, allowPrivileged: allowPrivileged === true };
}

/** The lab as the file says. */
export function runArms(file: TopologyFile, context: ArmContext): readonly ArmPlan[] {
  refuseUnmeasurable(file.topology, context.measure ?? file.topology.measure.method);
  const lab = resolveOrExit(file, context.facts, howOf(context), context.json);
  return [armOf(lab.datapath, [], lab, file, context)];
}

/** One arm for each datapath, in the order of the file. */
export function datapathArms(
  file: TopologyFile,
  datapaths: readonly Datapath[],
  context: ArmContext,
): readonly ArmPlan[] {
  refuseUnmeasurable(file.topology, context.measure ?? file.topology.measure.method);
  const { facts, json } = context;
  const options = datapaths.map((datapath) => ({ ...howOf(context), datapath }));
  return resolveAllOrExit(file, facts, options, json).map((lab, index) => {
    const datapath = datapaths[index] ?? lab.datapath;
    return armOf(datapath, [{ parameter: "datapath", value: datapath }], lab, file, context);
  });
}

/** Two files side by side: the first is what the second is compared with. */
export function fileArms(
  sides: readonly { readonly name: string; readonly file: TopologyFile }[],
  context: ArmContext,
): readonly ArmPlan[] {
  return sides.map(({ name, file }, index) => {
    refuseUnmeasurable(file.topology, context.measure ?? file.topology.measure.method);
    const suffix = index === 0 ? "a" : "b";
    // Both labs carry the name of the file that is asked about, so that they may share CPUs.
    const own = {
      ...file,
      topology: { ...file.topology, name: sides.at(-1)?.file.topology.name ?? file.topology.name },
    };
    const lab = resolveOrExit(own, context.facts, { ...howOf(context), suffix }, context.json);
    return armOf(name, [{ parameter: "file", value: name }], lab, own, context);
  });
}

/** One arm for each combination of the sweep's values. */
export function sweepArms(file: TopologyFile, context: ArmContext): readonly ArmPlan[] {
  return variantArms(file, sweepVariants(file.source.text, file.topology.sweep ?? []), context);
}

/** One arm for each of these variants of a file; those that need the same resources share one lab. What is wrong with any of them is told at once. */
export function variantArms(file: TopologyFile, variants: readonly Variant[], context: ArmContext): readonly ArmPlan[] {
  const { facts, json } = context;
  const read = variants.map(({ name, settings, text }) => ({
    name,
    settings,
    parsed: parseTopology(new TextEncoder().encode(text), `${file.source.file} (${name})`),
  }));
  const unread = read.flatMap(({ parsed }) => (parsed.ok ? [] : [parsed]));
  const good = read.flatMap(({ name, settings, parsed }) =>
    parsed.ok
      ? [{ name, settings, file: { ...parsed, topology: withCapture(parsed.topology, file.source.file) } }]
      : [],
  );
  const plain = resolveFilesOrExit(
    good.map((variant) => ({ file: variant.file, options: howOf(context) })),
    unread,
    facts,
    json,
  );
  const suffixes = new Map<string, string | undefined>();
  return good.flatMap((variant, index) => {
    const { topology } = variant.file;
    const lab = plain[index];
    if (lab === undefined) return [];
    refuseUnmeasurable(topology, context.measure ?? topology.measure.method);
    const key = JSON.stringify(labResources(lab));
    if (!suffixes.has(key)) suffixes.set(key, suffixes.size === 0 ? undefined : `s${suffixes.size + 1}`);
    const suffix = suffixes.get(key);
    if (suffix === undefined) return [armOf(variant.name, variant.settings, lab, variant.file, context)];
    const renamed = resolvedOn(variant.file, facts, { ...howOf(context), suffix });
    if (!renamed.ok) throw new Error(`internal: ${variant.name} cannot be resolved as ${suffix}`);
    return [armOf(variant.name, variant.settings, renamed.lab, variant.file, context)];
  });
}

function armOf(
  name: string,
  settings: ArmPlan["settings"],
  lab: Lab,
  { topology }: TopologyFile,
  { trials, measure }: ArmContext,
): ArmPlan {
  const spec = measure === undefined ? topology.measure : { ...topology.measure, method: measure };
  return {
    name,
    settings,
    lab,
    method: methodOf(spec, { traffic: topology.traffic, datapath: lab.datapath, trials, expect: topology.expect }),
  };
}

/** The same lab twice, and the first of them once more while it is scraped: what the twins differ in is noise, and what the scraping costs shows against it. */
export function selfArms(file: TopologyFile, context: ArmContext): readonly ArmPlan[] {
  refuseUnmeasurable(file.topology, context.measure ?? file.topology.measure.method);
  const twins = ["a", "b"].map((twin) => {
    const lab = resolveOrExit(file, context.facts, { ...howOf(context), suffix: twin }, context.json);
    return armOf(twin, [{ parameter: "twin", value: twin }], lab, file, context);
  });
  const [first] = twins;
  const observed = { name: OBSERVED, settings: [{ parameter: "twin", value: OBSERVED }], observed: true };
  return first === undefined ? twins : [...twins, { ...first, ...observed }];
}

/** Name of the arm that is scraped. */
export const OBSERVED = "a, scraped";
