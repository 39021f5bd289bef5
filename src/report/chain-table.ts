import { formatNumber, packetRateUnit, type Unit } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import { median } from "../measure/summary.ts";
import type { ChainTrial } from "../measure/trial.ts";
import { armHeader } from "./arm-table.ts";
import type { Column } from "./table.ts";

const columnsIn = (packets: Unit): readonly Column[] => [
  { header: "datapath" },
  { header: "chain" },
  { header: packets.name, align: "right" },
  { header: "loss %", align: "right" },
  { header: "latency p50 us", short: "p50 us", align: "right", drop: 1 },
  { header: "p99 us", align: "right", drop: 2 },
];

/** The chains of each arm one by one, by the medians of its usable trials; undefined where every lab has one chain and the arms say it all. */
export function chainTable(
  arms: readonly Arm[],
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } | undefined {
  if (!arms.some((arm) => arm.trials.some((trial) => trial.chains.length > 1))) return undefined;
  const unit = packetRateUnit(arms.flatMap((arm) => usableChains(arm).map((chain) => chain.throughputPps)));
  const columns = columnsIn(unit).map((column, index) => (index === 0 ? { header: armHeader(arms) } : column));
  return { columns, rows: arms.flatMap((arm) => rowsOf(arm, unit)) };
}

function usableChains({ trials }: Arm): readonly ChainTrial[] {
  return trials.filter((trial) => trial.usable).flatMap((trial) => trial.chains);
}

function rowsOf(arm: Arm, packets: Unit): readonly (readonly string[])[] {
  const chains = usableChains(arm);
  const names = [...new Set(chains.map((chain) => chain.chain))];
  return names.map((name) => {
    const own = chains.filter((chain) => chain.chain === name);
    const cell = (value: (chain: ChainTrial) => number | undefined, factor: number) => {
      const values = own.flatMap((chain) => value(chain) ?? []);
      return values.length === 0 ? "-" : formatNumber(median(values) * factor);
    };
    return [
      arm.name,
      name,
      cell((chain) => chain.throughputPps, 1 / packets.size),
      cell((chain) => chain.lossRatio, 100),
      cell((chain) => chain.latencyNs?.p50, 1e-3),
      cell((chain) => chain.latencyNs?.p99, 1e-3),
    ];
  });
}
