import { describe, expect, it, vi } from "vitest";
import { Feed, type FeedSources } from "../../../../src/run/page/feed.ts";
import type { FinishedRun, PageState } from "../../../../src/run/page/page-state.ts";
import type { RunProgress } from "../../../../src/run/page/run-progress.ts";

const RUN: RunProgress = {
  schema: "corebed/progress/1",
  pid: 7,
  startTime: "1",
  command: "run",
  topology: "t",
  labs: ["t"],
  startedAt: "2026-01-01T00:00:00.000Z",
  resultPath: "/r.json",
  done: 0,
  arms: [],
  trials: [],
};

/** A feed whose seconds pass when the test says so. */
function madeUp(parts: Partial<FeedSources> = {}) {
  let reads = 0;
  let next = (): void => {};
  const feed = new Feed({
    labs: async () => {
      reads += 1;
      const reading = { version: "1", labs: [], hugePages: undefined, cpus: new Map(), durationSeconds: 0 };
      return {
        at: reads * 1000,
        steadyMs: reads * 1000,
        reading: { ...reading, process: { cpuSeconds: 0, residentBytes: 0 } },
      };
    },
    progress: async () => [],
    finished: async ({ pid }) => ({ id: String(pid) }) as FinishedRun,
    pause: () =>
      new Promise((resolve) => {
        next = resolve;
      }),
    onBug: (error) => {
      throw error;
    },
    ...parts,
  });
  return { feed, reads: () => reads, tick: () => next() };
}

function listener() {
  const states: PageState[] = [];
  let starts = 0;
  return {
    states,
    starts: () => starts,
    start: () => {
      starts += 1;
    },
    state: (state: PageState) => {
      states.push(state);
    },
  };
}

describe("the feed", () => {
  it("reads nothing for nobody, once for all who listen, and stops with the last of them", async () => {
    const { feed, reads, tick } = madeUp();
    const [one, two] = [listener(), listener()];
    expect(reads()).toBe(0);
    const leave = [feed.subscribe(one), feed.subscribe(two)];
    await vi.waitFor(() => expect(two.states).toHaveLength(1));
    tick();
    await vi.waitFor(() => expect(one.states).toHaveLength(2));
    expect([reads(), one.starts(), feed.listeners]).toEqual([2, 1, 2]);
    for (const end of leave) end();
    tick();
    await vi.waitFor(() => expect(feed.listeners).toBe(0));
    tick();
    expect(reads()).toBe(2);
  });

  it("tells who comes later at once how things stand, and starts again after a rest", async () => {
    const { feed, reads, tick } = madeUp();
    const [one, two, three] = [listener(), listener(), listener()];
    const leave = feed.subscribe(one);
    await vi.waitFor(() => expect(one.states).toHaveLength(1));
    const leaveToo = feed.subscribe(two);
    expect(two.states).toHaveLength(1);
    leave();
    leaveToo();
    tick();
    await vi.waitFor(() => {
      feed.subscribe(three);
      expect(three.states.length).toBeGreaterThan(0);
      expect(reads()).toBe(2);
    });
  });

  it("asks how a run ended that tells of itself no more, once", async () => {
    const runs = [[RUN], [], []];
    const finished = vi.fn(async (run: RunProgress) => ({ id: String(run.pid), outcome: "complete" }) as FinishedRun);
    const { feed, tick } = madeUp({ progress: async () => runs.shift() ?? [], finished });
    const one = listener();
    feed.subscribe(one);
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(one.states).toHaveLength(count));
      tick();
    }
    expect(one.states.map((state) => [state.runs.length, state.finished.map(({ id }) => id)])).toEqual([
      [1, []],
      [0, ["7"]],
      [0, ["7"]],
    ]);
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it("goes on after a bug, and tells of it", async () => {
    const bugs: unknown[] = [];
    const bug = new Error("internal: made up");
    const progress = vi.fn(async (): Promise<readonly RunProgress[]> => []).mockRejectedValueOnce(bug);
    const { feed, tick } = madeUp({ progress, onBug: (error) => bugs.push(error) });
    const one = listener();
    feed.subscribe(one);
    await vi.waitFor(() => expect(bugs).toEqual([bug]));
    tick();
    await vi.waitFor(() => expect(one.states).toHaveLength(1));
  });
});
