import { packetCost } from "../src/measure/packet-cost.ts";
import type { Arm } from "../src/measure/result.ts";
import { ratioOf } from "../src/report/arm-table.ts";
import { measureInTurns } from "./in-turns.ts";
import type { Row } from "./row.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);
const FORWARDERS = 8;
const UNEXPLAINED = 0.15;

const LAB = `name: bench-chain
cores: { 1: [gen, fwd, sink] }
nfs: { gen: { app: pktgen }, fwd: { app: l2fwd }, sink: { app: stats } }
chains: { main: [gen, fwd, sink] }
datapath: memif
traffic: { duration: 300ms, warmup: 150ms }
`;

/**
 * A chain of eight forwarders over memif against a chain of one, generator and receiver included all on one CPU. If nothing but the sharing of the CPU slowed it down, a packet
 * would take as much longer as seven more forwarders cost, by the cycles that the one forwarder spends on a packet in the short chain. The rest is what taking turns costs.
 */
export async function benchChainMemif(): Promise<readonly Row[]> {
  const chain = (length: number) => [{ parameter: "chainLength", value: length }];
  const { arms } = await measureInTurns(LAB, { "chain of 1": chain(3), "chain of 8": chain(FORWARDERS + 2) }, ROUNDS);
  const [short, long] = arms;
  return [rowOf(short, long)];
}

function rowOf(short: Arm | undefined, long: Arm | undefined): Row {
  const [one, eight] = [cyclesOf(short), cyclesOf(long)];
  const ratio = ratioOf(long?.comparison) ?? Number.NaN;
  const interval = long?.comparison?.interval;
  const range = interval ? `95 % ${(1 / interval.high).toFixed(2)} to ${(1 / interval.low).toFixed(2)}` : "no interval";
  const predicted = one.all / (one.all + (FORWARDERS - 1) * one.forwarder);
  const deviation = predicted / ratio - 1;
  const percent = (share: number): string => `${share >= 0 ? "+" : ""}${(share * 100).toFixed(0)} %`;
  // Time that no NF had a packet in its hands: its growth beyond that of the work is the change of turns.
  const work = eight.all / one.all;
  const turns = 1 / ratio / work - 1;
  return {
    what: `a chain of ${FORWARDERS} forwarders over memif against a chain of 1, all on one CPU`,
    measured:
      `a packet takes ${(1 / ratio).toFixed(2)} times as long (${range}, n=${long?.throughputPps?.n ?? 0}), ` +
      `${(1 / predicted).toFixed(2)} times by the sharing of the CPU alone: ${percent(deviation)}, of which ${percent(eight.forwarder / one.forwarder - 1)} in a forwarder's ` +
      `cycles (${one.forwarder.toFixed(0)} to ${eight.forwarder.toFixed(0)} a packet) and ${percent(turns)} beside the work`,
    target: `explained within ${UNEXPLAINED * 100} %`,
    reached: Math.abs(deviation) <= UNEXPLAINED,
  };
}

/** Busy cycles for each packet that arrived: of all NFs, and of a forwarder on the average. */
function cyclesOf(arm: Arm | undefined): { readonly all: number; readonly forwarder: number } {
  const cost = arm && packetCost(arm);
  const forwarders = cost?.parts.filter(({ owner }) => owner.includes("fwd")) ?? [];
  const sum = forwarders.reduce((total, { cycles }) => total + cycles, 0);
  return { all: cost?.cycles ?? Number.NaN, forwarder: sum / forwarders.length };
}
