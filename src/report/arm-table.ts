import { bitRateUnit, formatNumber, packetRateUnit, type Unit } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import type { Comparison } from "../measure/statistics/comparison.ts";
import type { Summary } from "../measure/summary.ts";
import type { Column } from "./table.ts";

interface ArmColumn extends Column {
  readonly cell: (arm: Arm, index: number) => string;
}

/** One unit for each column of rates. */
interface RateUnits {
  readonly packets: Unit;
  readonly bits: Unit;
}

const NOTHING = "-";

/** The table of a result, one row for each arm. */
const columnsIn = ({ packets, bits }: RateUnits): readonly ArmColumn[] => [
  { header: "datapath", cell: (arm) => arm.name },
  { header: packets.name, align: "right", cell: (arm) => scaled(arm.throughputPps?.median, 1 / packets.size) },
  { header: "min-max", align: "right", drop: 4, cell: (arm) => range(arm.throughputPps, 1 / packets.size) },
  { header: bits.name, align: "right", drop: 1, cell: (arm) => scaled(arm.bandwidthBps?.median, 1 / bits.size) },
  { header: "loss %", align: "right", cell: (arm) => scaled(arm.lossRatio?.median, 100) },
  {
    header: "latency p50 us",
    short: "p50 us",
    align: "right",
    drop: 5,
    cell: (arm) => scaled(arm.latencyNs?.p50.median, 1e-3),
  },
  { header: "p99 us", align: "right", drop: 6, cell: (arm) => scaled(arm.latencyNs?.p99.median, 1e-3) },
  {
    header: "cycles/packet",
    short: "cyc/pkt",
    align: "right",
    drop: 3,
    cell: (arm) => scaled(arm.switchCyclesPerPacket?.median, 1),
  },
  { header: "cores", align: "right", drop: 2, cell: (arm) => String(arm.cpus.count) },
  { header: "ratio", align: "right", cell: (arm, index) => (index === 0 ? "1" : scaled(ratioOf(arm.comparison), 1)) },
];

/** The ratio that the interval belongs to, or with too few trials for one that of the medians. */
export function ratioOf(comparison: Comparison | undefined): number | undefined {
  return comparison?.ratio ?? comparison?.ratioOfMedians;
}

/** What the names of the arms are: datapaths, or what else they differ in. */
export function armHeader(arms: readonly Arm[]): string {
  return arms.every(({ name, datapath }) => name === datapath) ? "datapath" : "arm";
}

/** Columns and cells; what no arm has (cycles without a switch) and the ratio of a single arm are left out. */
export function armTable(arms: readonly Arm[]): {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
} {
  const units = {
    packets: packetRateUnit(arms.map((arm) => arm.throughputPps?.median)),
    bits: bitRateUnit(arms.map((arm) => arm.bandwidthBps?.median)),
  };
  const columns = columnsIn(units).filter((column) => {
    if (column.header === "ratio") return arms.length > 1;
    return column.short !== "cyc/pkt" || arms.some((arm) => arm.switchCyclesPerPacket !== undefined);
  });
  return {
    columns: columns.map((column, index) => (index === 0 ? { ...column, header: armHeader(arms) } : column)),
    rows: arms.map((arm, index) => columns.map((column) => column.cell(arm, index))),
  };
}

function scaled(value: number | undefined, factor: number): string {
  return value === undefined ? NOTHING : formatNumber(value * factor);
}

function range(summary: Summary | undefined, factor: number): string {
  if (summary === undefined || summary.n < 2) return NOTHING;
  return `${formatNumber(summary.min * factor)}-${formatNumber(summary.max * factor)}`;
}
