import { stringify } from "yaml";

/** CI systems for which corebed writes job matrices. */
export const CI_SYSTEMS = ["github", "gitlab"] as const;
export type CiSystem = (typeof CI_SYSTEMS)[number];

/** A topology that a pipeline measures. */
export interface MatrixFile {
  readonly path: string;
  /** The lab's name. */
  readonly name: string;
}

/** How every job measures. */
export interface MatrixSettings {
  /** Labels of the runners that are to measure, a list for each; none takes whatever runner the CI system chooses. */
  readonly runners: readonly (readonly string[])[];
  /** More arguments of `corebed ci`. */
  readonly args: readonly string[];
  readonly baseline?: string;
  readonly waitS?: number;
  readonly timeLimitS?: number;
}

/** One job: a topology on a runner. */
export interface MatrixJob {
  readonly name: string;
  readonly file: string;
  readonly runner: readonly string[];
}

/** A job for each topology on each runner. Arms of one comparison stay in one job: measured on different machines they could not be compared. */
export function matrixJobs(files: readonly MatrixFile[], runners: MatrixSettings["runners"]): readonly MatrixJob[] {
  const named = files.map(({ path, name }) => {
    const isAlone = files.filter((other) => other.name === name).length === 1;
    return { path, name: isAlone ? name : `${name} (${path})` };
  });
  return named.flatMap(({ path, name }) =>
    runners.length === 0
      ? [{ name, file: path, runner: [] }]
      : runners.map((runner) => ({ name: `${name} on ${runner.join(" ")}`, file: path, runner })),
  );
}

/** The matrix as its CI system reads it. */
export function formatMatrix(system: CiSystem, files: readonly MatrixFile[], settings: MatrixSettings): string {
  const jobs = matrixJobs(files, settings.runners);
  return system === "github" ? githubMatrix(jobs, settings) : gitlabJobs(jobs, settings);
}

/** One line of JSON for `strategy.matrix`; its keys are the inputs of the action. */
function githubMatrix(jobs: readonly MatrixJob[], { args, baseline, waitS, timeLimitS }: MatrixSettings): string {
  const include = jobs.map(({ name, file, runner }) => ({
    name,
    "runs-on": runner.length === 0 ? ["self-hosted"] : runner,
    file,
    args: args.join(" "),
    baseline: baseline ?? "",
    wait: waitS === undefined ? "30m" : `${waitS}s`,
    "time-limit": timeLimitS === undefined ? "" : `${timeLimitS}s`,
    // Artefacts of several jobs must not have one name, and some characters cannot be in it.
    artefacts: `corebed-ci ${name}`.replace(/[":<>|*?\\/\r\n]/g, "-"),
  }));
  return JSON.stringify({ include });
}

/** Jobs for a child pipeline, each like the template's. */
function gitlabJobs(jobs: readonly MatrixJob[], { args, baseline, waitS, timeLimitS }: MatrixSettings): string {
  const entries = jobs.map(({ name, file, runner }) => [
    name,
    {
      extends: ".corebed-ci",
      ...(runner.length > 0 && { tags: [...runner] }),
      variables: {
        COREBED_FILE: file,
        ...(args.length > 0 && { COREBED_ARGS: args.join(" ") }),
        ...(baseline !== undefined && { COREBED_BASELINE: baseline }),
        ...(waitS !== undefined && { COREBED_WAIT: `${waitS}s` }),
        ...(timeLimitS !== undefined && { COREBED_TIME_LIMIT: `${timeLimitS}s` }),
      },
    },
  ]);
  return stringify(Object.fromEntries(entries), { lineWidth: 0 }).trimEnd();
}
