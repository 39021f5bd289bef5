import { numberAt, OvsTextError, optionalNumberAt, sections } from "./fields.ts";

/** Counters of one thread that forwards packets, as `dpif-netdev/pmd-stats-show` gives them. */
export interface PmdStats {
  /** `pmd` is a poll-mode thread; `main` is vswitchd's main thread, which serves ports that are not polled. */
  readonly thread: "pmd" | "main";
  /** NUMA node and CPU of a PMD thread. */
  readonly numaId: number | undefined;
  readonly coreId: number | undefined;
  readonly packetsReceived: number;
  readonly packetRecirculations: number;
  /** Hits in each lookup stage, in the order in which OVS tries them. */
  readonly phwolHits: number;
  readonly mfexOptHits: number;
  readonly simpleMatchHits: number;
  readonly emcHits: number;
  readonly smcHits: number;
  readonly megaflowHits: number;
  /** Packets that no stage knew: passed to the slow path and forwarded, or lost there. */
  readonly missUpcalls: number;
  readonly missFailedUpcalls: number;
  /** TSC cycles spent polling empty queues, and on packets. Zero until the thread has run. */
  readonly idleCycles: number;
  readonly busyCycles: number;
  /** Averages that OVS does not give the parts of. */
  readonly subtableLookupsPerMegaflowHit: number;
  readonly packetsPerOutputBatch: number;
}

/** Parses the text of `dpif-netdev/pmd-stats-show` (lib/dpif-netdev.c, pmd_info_show_stats). Throws {@link OvsTextError}. */
export function parsePmdStatsShow(text: string): readonly PmdStats[] {
  const threads = sections(text, /^(?:pmd thread numa_id (\d+) core_id (\d+)|(main thread)):$/gm);
  if (threads.length === 0) throw new OvsTextError("no thread in it");
  return threads.map(({ heading, body }) => {
    const count = (label: string) => numberAt(body, new RegExp(`^ {2}${label}: (\\d+)`, "m"), label);
    const average = (label: string) => numberAt(body, new RegExp(`^ {2}${label}: ([\\d.]+)$`, "m"), label);
    const [, numaId, coreId, main] = heading;
    return {
      thread: main === undefined ? "pmd" : "main",
      numaId: numaId === undefined ? undefined : Number(numaId),
      coreId: coreId === undefined ? undefined : Number(coreId),
      packetsReceived: count("packets received"),
      packetRecirculations: count("packet recirculations"),
      phwolHits: count("phwol hits"),
      mfexOptHits: count("mfex opt hits"),
      simpleMatchHits: count("simple match hits"),
      emcHits: count("emc hits"),
      smcHits: count("smc hits"),
      megaflowHits: count("megaflow hits"),
      missUpcalls: count("miss with success upcall"),
      missFailedUpcalls: count("miss with failed upcall"),
      // OVS leaves these out for a thread that has counted no cycles at all, the main thread among them.
      idleCycles: cycles(optionalNumberAt(body, /^ {2}idle cycles: (\d+)/m)),
      busyCycles: optionalNumberAt(body, /^ {2}processing cycles: (\d+)/m) ?? 0,
      subtableLookupsPerMegaflowHit: average("avg. subtable lookups per megaflow hit"),
      packetsPerOutputBatch: average("avg. packets per output batch"),
    };
  });
}

/**
 * OVS computes idle cycles as a difference that, right after a reset of its counters, can come out just below zero: then it prints an unsigned number near
 * 2^64 (seen on 3.1.0).
 */
function cycles(printed: number | undefined): number {
  return printed === undefined || printed >= 2 ** 63 ? 0 : printed;
}

/** Cycles spent on each packet, the empty polls between packets not counted; `undefined` without packets. */
export function busyCyclesPerPacket({ busyCycles, packetsReceived }: PmdStats): number | undefined {
  return packetsReceived === 0 ? undefined : busyCycles / packetsReceived;
}

/** What the thread did between two readings of the same thread. Averages cannot be told apart so; they are those of `after`. */
export function pmdStatsBetween(before: PmdStats, after: PmdStats): PmdStats {
  const counters = [
    "packetsReceived",
    "packetRecirculations",
    "phwolHits",
    "mfexOptHits",
    "simpleMatchHits",
    "emcHits",
    "smcHits",
    "megaflowHits",
    "missUpcalls",
    "missFailedUpcalls",
    "idleCycles",
    "busyCycles",
  ] as const;
  return { ...after, ...Object.fromEntries(counters.map((name) => [name, after[name] - before[name]])) };
}
