import type { Readable } from "node:stream";
import { readStart } from "../host/read-at-most.ts";
import { areOfHosts, type KnownFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { type Resolution, type ResolveOptions, resolveLab } from "../lab/resolve.ts";
import { resolveSpread } from "../lab/resolve-spread.ts";
import { formatDiagnostics } from "../topology/code-frame.ts";
import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import { LARGEST_FILE_BYTES, parseTopology } from "../topology/parse-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { captureProblem, withCapture } from "./capture.ts";
import { EXIT, Exit } from "./exit.ts";
import { note, outputOf, printJson } from "./terminal.ts";
import { whyUnread } from "./why-unread.ts";

/** A topology file that has no errors of its own. */
export interface TopologyFile {
  readonly topology: Topology;
  readonly source: SourceFile;
}

/** Reads and checks a topology; `-` is standard input. Prints what is wrong with it and ends the command. */
export async function loadTopology(file: string, json: boolean): Promise<TopologyFile> {
  const bytes = await readBytes(file);
  const result = parseTopology(bytes, file === "-" ? "<stdin>" : file);
  if (!result.ok) throw rejected(result.diagnostics, result.source, json);
  if (!json && result.warnings.length > 0) noteDiagnostics(result.warnings, result.source);
  return { topology: withCapture(result.topology, file), source: result.source };
}

/** As much of a topology file as it takes to parse it, or to refuse it as too large. */
export async function topologyBytes(file: string | Readable): Promise<Uint8Array> {
  return readStart(file, LARGEST_FILE_BYTES + 1);
}

async function readBytes(file: string): Promise<Uint8Array> {
  return topologyBytes(file === "-" ? process.stdin : file).catch((error: unknown) => {
    throw new Exit(
      EXIT.badInput,
      `error: ${file}: ${whyUnread(error)}\n  = help: give the path of a topology file, or - for standard input`,
    );
  });
}

/** Resolves a topology for a host, or for several, or prints what a host lacks, or the capture that it replays, and ends the command. */
export function resolveOrExit(file: TopologyFile, facts: KnownFacts, options: ResolveOptions, json: boolean): Lab {
  const capture = captureProblem(file.topology, file.source);
  if (capture !== undefined) throw rejected([capture], file.source, json);
  const resolution = resolvedOn(file, facts, options);
  if (!resolution.ok) throw rejected(resolution.diagnostics, file.source, json);
  if (!json && resolution.warnings.length > 0) noteDiagnostics(resolution.warnings, file.source);
  return resolution.lab;
}

/** Resolves a topology for where it is to be. */
export function resolvedOn({ topology, source }: TopologyFile, facts: KnownFacts, options: ResolveOptions): Resolution {
  return areOfHosts(facts)
    ? resolveSpread(topology, source, facts, options)
    : resolveLab(topology, source, facts, options);
}

/** One lab for each of the options; what this host lacks for any of them is told at once, and what several lack once. */
export function resolveAllOrExit(
  file: TopologyFile,
  facts: KnownFacts,
  options: readonly ResolveOptions[],
  json: boolean,
): readonly Lab[] {
  const resolutions = options.map((each) => resolvedOn(file, facts, each));
  const problems = resolutions.flatMap((resolution) => (resolution.ok ? [] : resolution.diagnostics));
  if (problems.length > 0) throw rejected(distinct(problems), file.source, json);
  const warnings = distinct(resolutions.flatMap((resolution) => (resolution.ok ? resolution.warnings : [])));
  if (!json && warnings.length > 0) noteDiagnostics(warnings, file.source);
  return resolutions.flatMap((resolution) => (resolution.ok ? [resolution.lab] : []));
}

/** A topology with how it is to be resolved: one of several files that are read side by side, such as the combinations of a sweep. */
export interface Candidate {
  readonly file: TopologyFile;
  readonly options: ResolveOptions;
}

/** What is wrong with one of several files. */
export interface Rejection {
  readonly diagnostics: readonly Diagnostic[];
  readonly source: SourceFile | undefined;
}

/** One lab for each file; what this host lacks for any of them is told at once, behind what is wrong with others that could not even be read. */
export function resolveFilesOrExit(
  candidates: readonly Candidate[],
  unread: readonly Rejection[],
  facts: KnownFacts,
  json: boolean,
): readonly Lab[] {
  const resolved = candidates.map(({ file, options }) => {
    const capture = captureProblem(file.topology, file.source);
    const resolution = resolvedOn(file, facts, options);
    if (capture === undefined) return { file, resolution };
    const others = resolution.ok ? [] : resolution.diagnostics;
    return { file, resolution: { ok: false as const, diagnostics: [capture, ...others] } };
  });
  const rejections = [
    ...unread,
    ...resolved.flatMap(({ file: { source }, resolution }) =>
      resolution.ok ? [] : [{ diagnostics: resolution.diagnostics, source }],
    ),
  ];
  if (rejections.length > 0) throw rejectedAll(rejections, json);
  const warned = resolved.flatMap(({ file: { source }, resolution }) =>
    resolution.ok ? [{ diagnostics: resolution.warnings, source }] : [],
  );
  if (!json) noteOnce(toldOnce(warned));
  return resolved.flatMap(({ resolution }) => (resolution.ok ? [resolution.lab] : []));
}

function rejectedAll(rejections: readonly Rejection[], json: boolean): Exit {
  const told = toldOnce(rejections);
  const diagnostics = told.flatMap((each) => each.diagnostics);
  if (json) printJson({ ok: false, diagnostics });
  else noteOnce(told);
  return new Exit(EXIT.badInput, "", diagnostics);
}

/** What stands in several files with the same words is told of the first. */
function toldOnce(all: readonly Rejection[]): readonly Rejection[] {
  const told = new Set<string>();
  return all.flatMap(({ diagnostics, source }) => {
    const fresh = diagnostics.filter(({ code, message }) => !told.has(`${code} ${message}`));
    for (const { code, message } of fresh) told.add(`${code} ${message}`);
    return fresh.length === 0 ? [] : [{ diagnostics: fresh, source }];
  });
}

function noteOnce(told: readonly Rejection[]): void {
  const texts = told.map(({ diagnostics, source }) => formatDiagnostics(diagnostics, source, outputOf(process.stderr)));
  if (texts.length > 0) note(texts.join("\n\n"));
}

function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}

/** What ends a command whose file is wrong, once the reader knows why. */
export function rejected(diagnostics: readonly Diagnostic[], source: SourceFile | undefined, json: boolean): Exit {
  if (json) printJson({ ok: false, diagnostics });
  else noteDiagnostics(diagnostics, source);
  return new Exit(EXIT.badInput, "", diagnostics);
}

function noteDiagnostics(diagnostics: readonly Diagnostic[], source: SourceFile | undefined): void {
  note(formatDiagnostics(diagnostics, source, outputOf(process.stderr)));
}
