import { setTimeout as delay } from "node:timers/promises";
import { BridgeEnds, createBridge, removeBridge, withValue } from "./bench-bridge.ts";
import { LoneNfs, TESTED_CPU } from "./lone-nf.ts";
import { median, type Row, spread } from "./row.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
const WARMUP_MS = 100;
const MEASURED_MS = 300;
/** What is still on its way when the generator has stopped. */
const DRAIN_MS = 50;
const TARGET = 0.95;

interface Variant {
  readonly name: string;
  /** Of both NFs' packet sockets. */
  readonly options: string;
  /** Sets what the variant is about around a trial. */
  readonly around?: (ends: BridgeEnds, trial: () => Promise<number>) => Promise<number>;
}

const BRIDGE_CALLS_IPTABLES = "/proc/sys/net/bridge/bridge-nf-call-iptables";
const port = (file: string, value: string): NonNullable<Variant["around"]> => {
  return ({ generatorVeth }, trial) => withValue(`/sys/class/net/${generatorVeth}/${file}`, value, trial);
};

/** The first is what corebed does; each other one differs in one thing, and the last in all that could help. */
const VARIANTS: readonly Variant[] = [
  { name: "as corebed has it", options: "" },
  { name: "as the driver has it", options: ",framecnt=512,blocksz=4096,qdisc_bypass=0" },
  { name: "rings of 512", options: ",framecnt=512" },
  { name: "rings of 16384", options: ",framecnt=16384" },
  { name: "blocks of 4 KiB", options: ",blocksz=4096" },
  { name: "blocks of 1 MiB", options: ",blocksz=1048576" },
  { name: "through the queueing discipline", options: ",qdisc_bypass=0" },
  { name: "past iptables", options: "", around: (_, trial) => withValue(BRIDGE_CALLS_IPTABLES, "0", trial) },
  { name: "bridge learns nothing", options: "", around: port("brport/learning", "0") },
  {
    name: "received on the sink's CPU (RPS)",
    options: "",
    around: port("queues/rx-0/rps_cpus", (1 << TESTED_CPU).toString(16)),
  },
];

/**
 * docker-bridge as corebed sets it up against what an expert could turn by hand, with the same NFs and all in turns. Nothing by hand may be better than corebed by more than
 * a twentieth, or else it ought to be what corebed does.
 */
export async function benchDockerBridgeSettings(): Promise<readonly Row[]> {
  const bridges: string[] = [];
  await using stack = new AsyncDisposableStack();
  // Registered before the containers, and so removed after them.
  stack.defer(async () => {
    for (const bridge of bridges) await removeBridge(bridge);
  });
  const nfs = stack.use(await LoneNfs.open());
  const all = new Map<string, BridgeEnds>();
  for (const [index, options] of [...new Set(VARIANTS.map((variant) => variant.options))].entries()) {
    const bridge = await createBridge(index);
    bridges.push(bridge);
    all.set(options, await BridgeEnds.start(nfs, bridge, index, options));
  }

  const measured = VARIANTS.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = [...VARIANTS.entries()];
    for (const [index, variant] of round % 2 === 0 ? order : order.toReversed()) {
      const ends = all.get(variant.options);
      if (ends === undefined) continue;
      const trial = () => trialPps(nfs, ends);
      measured[index]?.push(await (variant.around?.(ends, trial) ?? trial()));
    }
  }
  return rowsOf(measured);
}

/** Packets a second that arrived. */
async function trialPps(nfs: LoneNfs, { generator, sink, names, traffic }: BridgeEnds): Promise<number> {
  for (const name of names) await nfs.thaw(name);
  await sink.call("start", { trial: 1 });
  await generator.call("start", { ...traffic, trial: 1 });
  await delay(WARMUP_MS);
  await sink.call("start", { trial: 2 });
  await generator.call("start", { ...traffic, trial: 2 });
  await delay(MEASURED_MS);
  await generator.call("stop");
  await delay(DRAIN_MS);
  const sent = await generator.stats();
  const received = await sink.stats();
  await sink.call("stop");
  for (const name of names) await nfs.freeze(name);
  const seconds = ((sent.app.stopTsc ?? 0) - (sent.app.startTsc ?? 0)) / sent.tscHz;
  return (received.app.received ?? 0) / seconds;
}

function rowsOf(measured: readonly (readonly number[])[]): readonly Row[] {
  const [ours = []] = measured;
  return VARIANTS.map(({ name }, index) => {
    const own = measured[index] ?? [];
    const ratios = own.map((pps, round) => pps / (ours[round] ?? Number.NaN));
    const mpps = spread(
      own.map((pps) => pps / 1e6),
      3,
    );
    if (index === 0)
      return {
        what: `docker-bridge: ${name}`,
        measured: `${mpps} Mpps`,
        target: "packets to arrive",
        reached: median(own) > 0,
      };
    return {
      what: `  ${name}`,
      measured: `${spread(ratios)}x, ${mpps} Mpps`,
      target: `corebed reaches ${TARGET} of it`,
      reached: 1 / median(ratios) >= TARGET,
    };
  });
}
