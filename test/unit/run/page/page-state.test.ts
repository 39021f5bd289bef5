import { describe, expect, it } from "vitest";
import type { NfStats } from "../../../../src/rpc/nf-control/messages.ts";
import { foundLabs } from "../../../../src/run/exporter/found-lab.ts";
import { extendHistory, HISTORY_MS } from "../../../../src/run/page/history.ts";
import { pageState, type TimedReading } from "../../../../src/run/page/to-state.ts";
import { nfContainer, nfStats, switchContainer } from "../exporter/made-up.ts";

interface Counters {
  readonly sent: number;
  readonly received: number;
  readonly noBuffer: number;
  readonly busySeconds: number;
  /** Of the receiver: what is no container of ours, or frozen, does not answer. */
  readonly sink?: "running" | "paused";
}

/** A lab of a generator and a receiver over OVS, whose switch does not answer. */
function readingAt(
  seconds: number,
  { sent, received, noBuffer, busySeconds, sink = "running" }: Counters,
): TimedReading {
  const containers = [
    nfContainer("a", { nf: "gen", app: "pktgen", workerCpu: 1 }),
    nfContainer("a", { nf: "sink", app: "stats", workerCpu: 1, state: sink }),
    switchContainer("a"),
  ];
  const stats = {
    gen: nfStats("pktgen", [{ txPackets: sent }]) as unknown as NfStats,
    sink: {
      ...nfStats("stats", [{ rxPackets: received, rxNoMbuf: noBuffer }]),
      worker: { iterations: 0, emptyPolls: 0, yields: 0, busyTsc: received, idleTsc: 2 * received },
    } as unknown as NfStats,
  };
  const labs = foundLabs(containers).map((lab) => ({
    lab,
    nfs: lab.nfs.map((nf) => ({
      nf,
      stats: nf.running ? stats[nf.spec.nf as keyof typeof stats] : undefined,
      bridgePorts: new Map(),
    })),
    switch: undefined,
  }));
  return {
    at: seconds * 1e3,
    steadyMs: seconds * 1e3,
    reading: {
      version: "1",
      labs,
      hugePages: undefined,
      cpus: new Map([[1, { busy: busySeconds, idle: seconds - busySeconds, steal: 0 }]]),
      process: { cpuSeconds: 0, residentBytes: 0 },
      durationSeconds: 0,
    },
  };
}

const BEFORE = readingAt(10, { sent: 1000, received: 1000, noBuffer: 0, busySeconds: 2 });
const NOW = readingAt(12, { sent: 3000, received: 2800, noBuffer: 200, busySeconds: 3.5 });

describe("what the page shows", () => {
  it("has rates on the chain and its hops, with what was dropped and where", () => {
    const [chain] = pageState(BEFORE, NOW, [], []).labs[0]?.chains ?? [];
    expect(chain).toMatchObject({ name: "main", sentPps: 1000, receivedPps: 900, droppedPps: 100 });
    expect(chain?.nfs.map(({ name, cpu, state }) => [name, cpu, state])).toEqual([
      ["gen", 1, "up"],
      ["sink", 1, "up"],
    ]);
    expect(chain?.hops).toEqual([
      {
        from: "gen",
        to: "sink",
        datapath: "vhost-user",
        pps: 900,
        droppedPps: 100,
        drops: [{ reason: "no_buffer", pps: 100 }],
      },
    ]);
  });

  it("has every CPU with what polls there, how busy it is, and what does not answer", () => {
    const { cpus, labs } = pageState(BEFORE, NOW, [], []);
    expect(
      cpus.map(({ cpu, busy, owners }) => [cpu, busy, owners.map(({ name, state }) => `${name} ${state}`)]),
    ).toEqual([
      [0, undefined, ["switch silent"]],
      [1, 0.75, ["gen up", "sink up"]],
    ]);
    expect(cpus[1]?.owners[1]?.busy).toBeCloseTo(1 / 3);
    expect(labs[0]?.state).toBe("silent");
  });

  it("has no rates from a first reading, and none of an NF that is frozen", () => {
    const first = pageState(undefined, NOW, [], []).labs[0]?.chains[0];
    expect([first?.sentPps, first?.receivedPps, first?.hops[0]?.pps]).toEqual([undefined, undefined, undefined]);
    const frozen = pageState(BEFORE, readingAt(12, { ...COUNTERS, sink: "paused" }), [], []);
    expect([frozen.labs[0]?.state, frozen.labs[0]?.chains[0]?.receivedPps]).toEqual(["stopped", undefined]);
  });

  it("tells an engine that does not answer from a host without labs", () => {
    const none = { ...NOW, reading: { ...NOW.reading, labs: undefined } };
    expect(pageState(BEFORE, none, [], [])).toMatchObject({ docker: false, labs: [], cpus: [] });
  });
});

const COUNTERS = { sent: 3000, received: 2800, noBuffer: 200, busySeconds: 3.5 };

describe("the history", () => {
  it("keeps what the charts show and forgets the rest, chains that are gone too", () => {
    const state = pageState(BEFORE, NOW, [], []);
    const history = extendHistory(
      { "a/main": [{ at: state.at - 1000, receivedPps: 5 }], "gone/x": [{ at: 1 }] },
      state,
    );
    expect(history["a/main"]?.map(({ receivedPps }) => receivedPps)).toEqual([5, 900]);
    const later = extendHistory(history, { ...state, at: state.at + HISTORY_MS, labs: [] });
    expect(later).toEqual({});
  });
});
