import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { HostFacts } from "../../lab/host-facts.ts";
import type { Lab } from "../../lab/lab.ts";
import { buildResult } from "../../measure/build-result.ts";
import type { Result } from "../../measure/result.ts";
import { validateResult } from "../../measure/validate-result.ts";
import { destroyLab } from "../../provision/converge.ts";
import { labNames } from "../../provision/observe.ts";
import { formatResult } from "../../report/format-result.ts";
import { type Measured, measureLabs } from "../../run/measure-labs.ts";
import { EXIT, Exit } from "../exit.ts";
import type { TopologyFile } from "../input.ts";
import { Progress } from "../progress.ts";
import { corebedVersion, lockLabs, type Session } from "../session.ts";
import { note, outputOf, print, printJson } from "../terminal.ts";

export interface MeasureOptions {
  readonly kind: Result["kind"];
  readonly repeats: number;
  readonly out: string | undefined;
  readonly keep: boolean;
  readonly json: boolean;
}

/**
 * What `run` and `compare` have in common: brings the labs up, measures, writes the result file, prints the result, and removes the labs that it made.
 * After a failure or an interruption they stay for a look.
 */
export async function measureAndReport(
  session: Session,
  file: TopologyFile,
  labs: readonly Lab[],
  facts: HostFacts,
  options: MeasureOptions,
): Promise<void> {
  const { world } = session;
  await using _lock = await lockLabs(
    labs.map((lab) => lab.name),
    options.kind,
  );
  const startedAt = new Date();
  const before = await labNames(world.reader);
  const progress = new Progress({ quiet: options.json });
  let measured: Measured;
  try {
    progress.line(`Bringing up ${labs.map((lab) => `lab ${lab.name}`).join(" and ")}`);
    measured = await measureLabs(
      { labs, repeats: options.repeats, readFacts: () => session.readFacts("quick") },
      world,
      (event) => progress.apply(event),
      (event) => progress.run(event),
    );
  } catch (error) {
    progress.end();
    await tellWhatIsUp(session, labs);
    throw error;
  }
  const interrupted = world.signal.aborted;
  const result = buildResult({
    kind: options.kind,
    corebedVersion: corebedVersion(),
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    complete: !interrupted,
    simulated: false,
    topology: {
      name: file.topology.name,
      file: file.source.file,
      text: file.source.text,
      sha256: createHash("sha256").update(file.source.text).digest("hex"),
    },
    labs,
    host: facts,
    versions: versions(labs, facts, measured),
    trials: measured.trials,
    expectations: file.topology.expect,
  });
  const path = options.out ?? `results/${labs[0]?.group}-${options.kind}-${stamp(startedAt)}.json`;
  await writeResult(path, result);
  if (!interrupted && !options.keep) {
    for (const lab of labs.filter(({ name }) => !before.includes(name))) {
      progress.line(`Removing lab ${lab.name}`);
      await destroyLab(lab.name, world, () => {});
    }
  }
  progress.end();
  if (options.json) printJson(result);
  else {
    print("");
    print(formatResult(result, outputOf(process.stdout)));
    print(`Result file: ${path}`);
  }
  if (interrupted) {
    await tellWhatIsUp(session, labs);
    throw new Exit(EXIT.interrupted);
  }
  if (result.expectations.some((expectation) => !expectation.passed)) throw new Exit(EXIT.failed);
}

async function tellWhatIsUp(session: Session, labs: readonly Lab[]): Promise<void> {
  const present = await labNames(session.world.reader).catch((): readonly string[] => []);
  const up = labs.map((lab) => lab.name).filter((name) => present.includes(name));
  if (up.length > 0)
    note(
      `Still there for a look: ${up.join(", ")}. Remove with: corebed destroy ${up[0]}${up.length > 1 ? " (each), or --all" : ""}`,
    );
}

function versions(labs: readonly Lab[], facts: HostFacts, measured: Measured): Result["versions"] {
  const images = labs.flatMap((lab) => [
    ...lab.nfs.map((nf) => [nf.app === undefined ? nf.name : "nf", nf.image] as const),
    ...(lab.switch === undefined ? [] : [["switch", lab.switch.image] as const]),
  ]);
  return {
    corebed: corebedVersion(),
    node: process.version,
    kernel: facts.os.kernel,
    ...(facts.docker.version === undefined ? {} : { docker: facts.docker.version }),
    ...(measured.versions.ovs === undefined ? {} : { ovs: measured.versions.ovs }),
    ...(measured.versions.dpdk === undefined ? {} : { dpdk: measured.versions.dpdk }),
    images: Object.fromEntries(images),
  };
}

/** Whole or not at all: a reader never sees half a result. */
async function writeResult(path: string, result: Result): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.part`;
  await writeFile(unfinished, `${JSON.stringify(result, undefined, 1)}\n`);
  await rename(unfinished, path);
  // Written all the same: figures that were measured are not lost to a mistake in their description.
  const checked = validateResult(JSON.parse(JSON.stringify(result)));
  if (!checked.ok) throw new Error(`internal: the result does not fit its own schema: ${checked.problems.join("; ")}`);
}

/** `20261121T030612Z`: sorts by time and is a file name everywhere. */
function stamp(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, "");
}
