import type { Arm, Result } from "../src/measure/result.ts";
import { measureInTurns, type Settings } from "./in-turns.ts";
import type { Row } from "./row.ts";

/** Rounds of an ablation; `BENCH_ROUNDS` takes more or fewer. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);

/** What is compared with the first of its variants, which changes nothing. */
interface Ablation {
  readonly what: string;
  readonly text: string;
  readonly variants: Readonly<Record<string, Settings>>;
}

const LAB = `name: bench-settings
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
`;

const rings = (value: object): Settings => [{ parameter: "virtio", value }];
const ofSwitch = (value: object): Settings => [{ parameter: "switch", value }];
const looking = (value: object): Settings => ofSwitch({ simpleMatch: false, ...value });

const ABLATIONS: readonly Ablation[] = [
  {
    what: "one flow of 64-byte frames, found by simple match",
    text: `${LAB}traffic: { duration: 300ms, warmup: 150ms }\n`,
    variants: {
      "as it is": [],
      "out of order": rings({ inOrder: false }),
      "mergeable buffers": rings({ mergeable: true }),
      "not vectorised": rings({ vectorised: false }),
      "split rings": rings({ ring: "split" }),
      "split rings, vectorised": rings({ ring: "split", vectorised: true }),
      "rings of 256": [{ parameter: "queueSize", value: 256 }],
      "rings of 512": [{ parameter: "queueSize", value: 512 }],
      "rings of 2048": [{ parameter: "queueSize", value: 2048 }],
      "flushed after 50 us": ofSwitch({ txFlushInterval: "50us" }),
      "no retries": ofSwitch({ txRetries: 0 }),
      "rules that look at an address": ofSwitch({ simpleMatch: false }),
    },
  },
  {
    what: "1000 flows of 64-byte frames, found by rules that look at an address",
    text: `${LAB}traffic: { duration: 300ms, warmup: 150ms, flows: 1000 }\nswitch: { simpleMatch: false }\n`,
    variants: {
      "EMC as OVS has it": [],
      "every flow in the EMC": looking({ emcInsertInvProb: 1 }),
      "no cache": looking({ emcInsertInvProb: 0 }),
      "EMC and SMC": looking({ smc: true }),
      "SMC alone": looking({ emcInsertInvProb: 0, smc: true }),
    },
  },
];

/**
 * Each setting of vhost-user against the defaults, all in turns in one run, on delivered packets. A setting that is better by more than the noise ought to be the
 * default: then this fails.
 */
export async function benchVhostSettings(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const ablation of ABLATIONS)
    rows.push(...rowsOf(ablation, await measureInTurns(ablation.text, ablation.variants, ROUNDS)));
  return rows;
}

function rowsOf({ what }: Ablation, { arms }: Result): readonly Row[] {
  const [first] = arms;
  const base: Row = {
    what: `${what}: ${first?.name}`,
    measured: `${mpps(first)} Mpps, n=${first?.throughputPps?.n ?? 0}`,
    target: "packets to arrive",
    reached: (first?.throughputPps?.median ?? 0) > 0,
  };
  return [base, ...arms.slice(1).map(rowOf)];
}

function rowOf(arm: Arm): Row {
  const { ratio, interval, verdict } = arm.comparison ?? {};
  const range =
    interval === undefined ? "no interval" : `95 % ${interval.low.toFixed(2)}x to ${interval.high.toFixed(2)}x`;
  return {
    what: `  ${arm.name}`,
    measured: `${ratio?.toFixed(2) ?? "?"}x (${range}; ${mpps(arm)} Mpps, ${((arm.lossRatio?.median ?? 1) * 100).toFixed(2)} % lost)`,
    target: "no better than the default",
    reached: arm.throughputPps !== undefined && verdict !== "better",
  };
}

/** Median and its interval. */
function mpps(arm: Arm | undefined): string {
  const [median = Number.NaN, low = Number.NaN, high = Number.NaN] = [
    arm?.throughputPps?.median,
    arm?.throughputInterval?.low,
    arm?.throughputInterval?.high,
  ].map((pps) => (pps ?? Number.NaN) / 1e6);
  return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
