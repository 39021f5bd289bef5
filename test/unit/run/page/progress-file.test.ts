import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localHost } from "../../../../src/host/local-host.ts";
import { makeTrial } from "../../../../src/measure/make-trial.ts";
import { readFinished, readProgress } from "../../../../src/run/page/read-progress.ts";
import { parseProgress, type RunProgress } from "../../../../src/run/page/run-progress.ts";
import { reportProgress } from "../../../../src/run/progress-file.ts";
import type { TestBed, TrialRequest } from "../../../../src/run/test-bed.ts";
import { madeUpArm, madeUpMeasurement, madeUpResult } from "../../measure/made-up.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "corebed-progress-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const ARM = madeUpArm("vhost-user");
const header = () => ({
  command: "run" as const,
  topology: "pktgen-stats",
  arms: [ARM],
  startedAt: new Date("2026-01-02T03:04:05.000Z"),
  resultPath: join(directory, "results/r.json"),
});
const TRIALS = [0, 1].map(() => makeTrial(madeUpMeasurement({ arm: ARM.name })));
const RESULT = madeUpResult(["vhost-user"], TRIALS);
const REQUEST: TrialRequest = {
  index: 0,
  arm: ARM.name,
  round: 0,
  purpose: "trial",
  ratePps: 5000,
  durationMs: 2000,
  signal: new AbortController().signal,
};

/** A bed that looks into the directory while a trial runs. */
function bedThat(look: () => Promise<void>): TestBed {
  return {
    open: async () => {},
    ceilingPps: async () => undefined,
    versions: () => ({ ovs: undefined, dpdk: undefined }),
    drive: async (_lab, { index }) => {
      await look();
      return makeTrial(madeUpMeasurement({ index, arm: ARM.name }));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

describe("a command's progress", () => {
  it("is gone too where the process ends before anything could be awaited", async () => {
    const before = process.listeners("exit");
    await using report = await reportProgress(header(), directory);
    const added = process.listeners("exit").filter((listener) => !before.includes(listener));
    expect(await readdir(directory)).toEqual([`${process.pid}.json`]);
    for (const listener of added) listener(0);
    expect(await readdir(directory)).toEqual([]);
    await report[Symbol.asyncDispose]();
    expect(process.listeners("exit")).toEqual(before);
  });

  it("is there for others from the trial's beginning, and gone at the end", async () => {
    const seen: RunProgress[] = [];
    const look = async () => {
      seen.push(...(await readProgress(localHost(), directory)));
    };
    {
      await using report = await reportProgress(header(), directory);
      await look();
      report.emit({ type: "trial-started", arm: ARM.name, purpose: "trial", number: 1, total: 3, remainingMs: 9000 });
      const trial = await report.watch(bedThat(look)).drive(ARM.lab, REQUEST);
      report.keep([trial, { ...trial, index: 1, usable: false, throughputPps: 1 }]);
      await look();
      const { mode } = await stat(join(directory, `${process.pid}.json`));
      expect(mode & 0o777).toBe(0o600);
      expect(seen.map(({ done, trial: now }) => [done, now?.number, now?.total, now?.durationMs])).toEqual([
        [0, undefined, undefined, undefined],
        [0, 1, 3, 2000 + ARM.lab.traffic.warmupMs],
        [2, undefined, undefined, undefined],
      ]);
      expect(seen[2]?.arms).toMatchObject([{ name: ARM.name, trials: 1, medianPps: trial.throughputPps }]);
      expect(seen[2]?.trials.map(({ number, usable }) => [number, usable])).toEqual([
        [1, true],
        [2, false],
      ]);
    }
    expect(await readdir(directory)).toEqual([]);
  });

  it("is nothing to fail for where it cannot be written", async () => {
    await writeFile(join(directory, "file"), "");
    await using report = await reportProgress(header(), join(directory, "file"));
    report.keep([]);
    expect(await readProgress(localHost(), join(directory, "file"))).toEqual([]);
  });

  it("of a process that is no more is removed, also where another has its number", async () => {
    await using _report = await reportProgress(header(), directory);
    const own = await readFile(join(directory, `${process.pid}.json`), "utf8");
    const child = spawn("sleep", ["60"]);
    try {
      await once(child, "spawn");
      await writeFile(join(directory, `${child.pid}.json`), own.replace(`"pid":${process.pid}`, `"pid":${child.pid}`));
      await writeFile(join(directory, "4194303.json.part"), own);
      await writeFile(join(directory, "notes.txt"), "somebody else's");
      expect((await readProgress(localHost(), directory)).map(({ pid }) => pid)).toEqual([process.pid]);
      expect(await readdir(directory)).toEqual([`${process.pid}.json`, "notes.txt"].toSorted());
    } finally {
      child.kill();
    }
  });

  it("that another version wrote is not understood, and left alone", async () => {
    await using _report = await reportProgress(header(), directory);
    const path = join(directory, `${process.pid}.json`);
    await writeFile(path, '{"schema":"corebed/progress/9"}');
    expect(await readProgress(localHost(), directory)).toEqual([]);
    expect(await readdir(directory)).toHaveLength(1);
    expect([parseProgress("{"), parseProgress("null")]).toEqual([undefined, undefined]);
  });
});

describe("a run that has ended", () => {
  const lastWords = async (): Promise<RunProgress> => {
    await using _report = await reportProgress(header(), directory);
    const [progress] = await readProgress(localHost(), directory);
    if (progress === undefined) throw new Error("no progress");
    return progress;
  };

  it("is what its result file says", async () => {
    const result = { ...RESULT, startedAt: header().startedAt.toISOString() };
    const resultPath = join(directory, "r.json");
    const progress = { ...(await lastWords()), resultPath };
    await writeFile(resultPath, JSON.stringify(result));
    const finished = await readFinished(progress);
    expect([finished.outcome, finished.done]).toEqual(["complete", result.arms.flatMap(({ trials }) => trials).length]);
    expect(finished.arms.map(({ name, medianPps }) => [name, medianPps])).toEqual(
      result.arms.map(({ name, throughputPps }) => [name, throughputPps?.median]),
    );
    await writeFile(resultPath, JSON.stringify({ ...result, complete: false }));
    expect((await readFinished(progress)).outcome).toBe("cut-short");
  });

  it("is unknown without a file, or with that of an earlier run", async () => {
    const progress = await lastWords();
    expect((await readFinished(progress)).outcome).toBe("unknown");
    const resultPath = join(directory, "r.json");
    await writeFile(resultPath, JSON.stringify(RESULT));
    expect((await readFinished({ ...progress, resultPath })).outcome).toBe("unknown");
  });
});
