import { areOfHosts, type HostFacts, type KnownFacts } from "../../lab/host-facts.ts";
import type { ArmPlan } from "../../measure/arm-plan.ts";
import { buildResult } from "../../measure/build-result.ts";
import { notMeasured } from "../../measure/not-measured.ts";
import { orderOfRound } from "../../measure/order-of-round.ts";
import type { Result, ResultKind } from "../../measure/result.ts";
import type { Trial } from "../../measure/trial.ts";
import { formatResult } from "../../report/format-result.ts";
import { type Measured, measureArms } from "../../run/measure-arms.ts";
import { reportProgress } from "../../run/progress-file.ts";
import type { LabMoment } from "../../run/real-bed.ts";
import type { BedVersions } from "../../run/test-bed.ts";
import type { Expectation, Term } from "../../topology/topology.ts";
import { EXIT, Exit } from "../exit.ts";
import type { TopologyFile } from "../input.ts";
import { floorsHost, noiseFloorOf, readNoiseFloors } from "../noise-floors.ts";
import { Progress } from "../progress.ts";
import { resultPath, stampOf, topologyRecord, writeResult } from "../result-file.ts";
import { corebedVersion } from "../session.ts";
import type { Site } from "../site.ts";
import { note, outputOf, print, printJson } from "../terminal.ts";
import { requireWritable } from "../write-whole.ts";

export interface MeasureOptions {
  readonly kind: ResultKind;
  readonly out: string | undefined;
  readonly keep: boolean;
  readonly json: boolean;
  readonly orderKind: Result["orderKind"];
  readonly seed: number;
  /** Go on from these trials of a result that is not complete. */
  readonly resume?: Result;
  /** Looks at the result as it will be, still without trials, before anything is brought up; throws to end the command. */
  readonly check?: (draft: Result) => void;
  /** Shows the result, once it is in its file, in place of the usual text. */
  readonly show?: (result: Result) => void;
  /** The caller removes what is still up after a failure or an interruption, and nobody is told to. */
  readonly unattended?: boolean;
}

const LAB_WORDS: Readonly<Record<LabMoment, (lab: string) => string>> = {
  "bring-up": (lab) => `Bringing up lab ${lab}`,
  "make-room": (lab) => `Making room: removing lab ${lab}`,
  cut: (lab) => `The connection was lost during a trial on lab ${lab}, which is void: once more`,
};

/** What a command that measures does with the result before it is written and shown. */
export type Finish = (result: Result) => Result;

/**
 * What all commands that measure have in common: bring the labs up, measure in turns, write the result file, print the result, and remove the labs that
 * were brought up. After a failure or an interruption they stay for a look. The result file is written after every trial too, so that nothing is lost.
 */
export async function measureAndReport(
  site: Site,
  file: TopologyFile,
  arms: readonly ArmPlan[],
  facts: KnownFacts,
  options: MeasureOptions,
  finish: Finish = (result) => result,
): Promise<Result> {
  const labs = [...new Map(arms.map(({ lab }) => [lab.name, lab])).values()];
  const names = labs.map((lab) => lab.name);
  await using _lock = await site.lock(names, options.kind);
  const startedAt = options.resume === undefined ? new Date() : new Date(options.resume.startedAt);
  // Labs of a run that was cut short are its own, and go when it comes to its end.
  const before = options.resume === undefined ? await site.present() : [];
  const floors = site.simulated || areOfHosts(facts) ? [] : await readNoiseFloors(floorsHost(facts));
  const progress = new Progress({ quiet: options.json });
  const path = options.out ?? resultPath(file.topology.name, options.kind, stampOf(startedAt));
  await requireWritable(path);
  await using bed = site.openBed({
    labs,
    emit: (event) => progress.apply(event),
    onLab: (what, lab) => progress.line(LAB_WORDS[what](lab.name)),
  });
  // For the live page of corebed serve on this machine; of a model or another machine there is nothing to see there.
  const header = { command: options.kind, topology: file.topology.name, arms, startedAt, resultPath: path };
  await using report = site.simulated || site.hostSuffix !== "" ? undefined : await reportProgress(header);
  const resultOf = (measured: Measured, complete: boolean): Result =>
    finish(
      buildResult({
        kind: options.kind,
        corebedVersion: corebedVersion(),
        startedAt: startedAt.toISOString(),
        finishedAt: new Date().toISOString(),
        complete,
        simulated: site.simulated,
        topology: topologyRecord(file),
        seed: options.seed,
        orderKind: options.orderKind,
        method: methodOfAll(arms),
        arms,
        ...environment(arms, facts, bed.versions()),
        trials: measured.trials,
        outcomes: measured.outcomes,
        expectations: answerable(file.topology.expect, arms),
        noiseFloorOf: noiseFloorOf(floors),
      }),
    );
  const keeper = new Keeper(path, site.simulated, (trials) => resultOf({ trials, outcomes: new Map() }, false));
  options.check?.(resultOf({ trials: [], outcomes: new Map() }, false));
  let measured: Measured;
  try {
    if (site.simulated) progress.line("SIMULATED: a modelled data plane, no packets are sent.");
    for (const lab of labs.slice(0, 1)) await bed.open(lab);
    measured = await measureArms(
      report?.watch(bed) ?? bed,
      arms,
      {
        orderOfRound: orderOfRound(
          arms.map(({ name }) => name),
          options.orderKind,
          options.seed,
        ),
        signal: site.signal,
        recorded: options.resume?.arms.flatMap(({ trials }) => trials).toSorted((a, b) => a.index - b.index) ?? [],
        keep: (trials) => {
          report?.keep(trials);
          return keeper.keep(trials);
        },
      },
      (event) => {
        report?.emit(event);
        progress.run(event);
      },
    );
  } catch (error) {
    progress.end();
    if (await keeper.keepRest()) note(`What was measured until then is in ${path}`);
    if (options.unattended !== true) await tellWhatIsUp(site, names);
    throw error;
  }
  const interrupted = site.signal.aborted;
  const result = resultOf(measured, !interrupted);
  await writeResult(path, result);
  if (!interrupted && !options.keep) await removeLabs(site, names, before, progress);
  progress.end();
  if (options.show !== undefined) options.show(result);
  else if (options.json) printJson(result);
  else {
    if (process.stdout.isTTY === true) print("");
    print(formatResult(result, outputOf(process.stdout)));
    print(`Result file: ${path}`);
  }
  if (interrupted) {
    if (options.unattended === true) throw new Exit(EXIT.interrupted);
    await tellWhatIsUp(site, names);
    if (options.kind === "sweep" && !options.json && !site.simulated) {
      note(`Go on from here with: corebed sweep --resume ${path}${site.hostSuffix}`);
    }
    throw new Exit(EXIT.interrupted);
  }
  return result;
}

/** What is expected of a datapath that is not measured now is for another command. */
function answerable(expect: readonly Expectation[], arms: readonly ArmPlan[]): readonly Expectation[] {
  const measured = new Set(arms.map(({ lab }) => lab.datapath));
  const ofOthers = (term: Term): boolean =>
    term.kind === "metric" && term.datapath !== undefined && !measured.has(term.datapath);
  return expect.filter(({ left, right }) => !ofOthers(left) && !ofOthers(right));
}

/** Ends the command as a result demands: an expectation that failed, figures that do not add up or are not there, or a step back against the baseline. */
export function exitAs(result: Result): void {
  const failed = result.expectations.some((expectation) => !expectation.passed);
  const regressed = result.baseline?.arms.some(({ comparison }) => comparison.verdict === "worse") ?? false;
  if (failed || regressed || result.errors.length > 0 || notMeasured(result).length > 0) throw new Exit(EXIT.failed);
}

/** Keeps what was measured so far in the result file, at most once in a while: long runs must not lose much, short ones need no file after each trial. */
class Keeper {
  readonly #path: string;
  readonly #never: boolean;
  readonly #resultOf: (trials: readonly Trial[]) => Result;
  #last = performance.now();
  #waiting: readonly Trial[] = [];

  constructor(path: string, never: boolean, resultOf: (trials: readonly Trial[]) => Result) {
    this.#path = path;
    this.#never = never;
    this.#resultOf = resultOf;
  }

  async keep(trials: readonly Trial[]): Promise<void> {
    this.#waiting = [...trials];
    if (this.#never || performance.now() - this.#last < KEEP_EVERY_MS) return;
    await writeResult(this.#path, this.#resultOf(this.#waiting));
    this.#last = performance.now();
  }

  /** Keeps what has been told and not written, after a failure; false if nothing was measured. */
  async keepRest(): Promise<boolean> {
    if (this.#never || this.#waiting.length === 0) return false;
    await writeResult(this.#path, this.#resultOf(this.#waiting));
    return true;
  }
}

const KEEP_EVERY_MS = 10_000;

async function removeLabs(
  site: Site,
  names: readonly string[],
  before: readonly string[],
  progress: Progress,
): Promise<void> {
  const present = await site.present();
  for (const name of names.filter((lab) => present.includes(lab) && !before.includes(lab))) {
    progress.line(`Removing lab ${name}`);
    await site.destroy(name);
  }
}

async function tellWhatIsUp(site: Site, names: readonly string[]): Promise<void> {
  const present = await site.present().catch((): readonly string[] => []);
  const up = names.filter((name) => present.includes(name));
  if (up.length > 0)
    note(
      `Still there for a look: ${up.join(", ")}. Remove with: corebed destroy ${site.destroyTarget ?? `${up[0]}${site.hostSuffix}${up.length > 1 ? " (each), or --all" : ""}`}`,
    );
}

/** The method of the result: arms of a sweep may differ in rate and duration, and each arm's own figures are in the arm. */
function methodOfAll(arms: readonly ArmPlan[]): ArmPlan["method"] {
  const [first] = arms;
  if (first === undefined) throw new Error("internal: nothing to measure");
  return first.method;
}

/** What the figures were measured on: the host, or of a lab on several the first, and each of them besides. */
function environment(
  arms: readonly ArmPlan[],
  facts: KnownFacts,
  bed: BedVersions,
): Pick<Result, "host" | "versions" | "hosts"> {
  if (!areOfHosts(facts)) return { host: facts, versions: versions(arms, facts, bed) };
  const parts = arms[0]?.lab.parts ?? [];
  const hosts = parts.flatMap(({ host: name, address }) => {
    const own = facts.get(name);
    const { ovs, dpdk } = bed.hosts?.get(name) ?? {};
    return own === undefined ? [] : [{ name, address, facts: own, versions: hostVersions(own, { ovs, dpdk }) }];
  });
  const [first] = hosts;
  if (first === undefined) throw new Error("internal: a lab on several hosts without any");
  return { host: first.facts, versions: versions(arms, first.facts, bed), hosts };
}

function hostVersions(facts: HostFacts, bed: BedVersions): NonNullable<Result["hosts"]>[number]["versions"] {
  return {
    kernel: facts.os.kernel,
    ...(facts.docker.version === undefined ? {} : { docker: facts.docker.version }),
    ...(bed.ovs === undefined ? {} : { ovs: bed.ovs }),
    ...(bed.dpdk === undefined ? {} : { dpdk: bed.dpdk }),
  };
}

function versions(arms: readonly ArmPlan[], facts: HostFacts, bed: BedVersions): Result["versions"] {
  const images = arms.flatMap(({ lab }) => [
    ...lab.nfs.map((nf) => [nf.app === undefined ? nf.name : "nf", nf.image] as const),
    ...(lab.switch === undefined ? [] : [["switch", lab.switch.image] as const]),
  ]);
  return {
    corebed: corebedVersion(),
    node: process.version,
    ...hostVersions(facts, bed),
    images: Object.fromEntries(images),
  };
}
