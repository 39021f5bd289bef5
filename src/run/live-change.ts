import { setTimeout as delay } from "node:timers/promises";
import { disposeAll } from "../host/dispose-all.ts";
import { controlledApp, type Lab } from "../lab/lab.ts";
import { type ArrivalCount, arrivalsBetween, liveChain } from "../measure/live-change.ts";
import type { LiveChain, LiveChange, LivePhase } from "../measure/live-change-schema.ts";
import type { LivePlan, Stage } from "../plan/live-plan.ts";
import { applyPlan } from "../provision/apply.ts";
import { ApplyFailedError } from "../provision/converge.ts";
import type { World } from "../provision/driver.ts";
import type { EmitApply } from "../provision/event.ts";
import { openBridge, openOvsControl } from "../provision/ovs-connect.ts";
import { until } from "../provision/until.ts";
import { verifyLab } from "../provision/verify.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { PortStats } from "../rpc/openflow/stats.ts";
import { receivingEnd } from "./chain-measurement.ts";
import type { Direction } from "./counting-points.ts";
import { receiverFigures, senderFigures } from "./figures.ts";
import { type NfHandle, openHandle } from "./live.ts";
import { type Driven, startGenerators, startReceivers, stopGenerators, stopReceivers } from "./traffic.ts";
import { drained } from "./trial.ts";
import { warmUp } from "./warm-up.ts";

/** How long the same traffic is watched before anything changes. */
const UNDISTURBED_MS = 1_000;
/** A gap that began in one phase has ended before the next begins. */
const TAIL_MS = 100;
/** Packets come through a chain in far less. */
const ARRIVAL_TIMEOUT_MS = 3_000;
const EMPTY_TIMEOUT_MS = 3_000;
/** Above those of any run's trials. */
const STAMPS = { undisturbed: 65_101, change: 65_102 } as const;

export interface LiveChangeOptions {
  readonly lab: Lab;
  readonly live: LivePlan;
  readonly world: World;
  readonly emit: EmitApply;
  /** Told before each part, in words for a person. */
  readonly onPart: (text: string) => void;
}

interface Route {
  readonly chain: string;
  readonly direction: Direction;
  readonly path: readonly string[];
  readonly sender: string;
  readonly receiver: string;
  /** By which it takes the packets of this chain. */
  readonly port: number;
}

/** By route. */
type Counts = ReadonlyMap<Route, ArrivalCount>;

/**
 * Changes a lab that is up while its traffic flows, at the rate of the file, and tells what the packets saw of it. First the same traffic is watched while nothing changes. The
 * generators are stopped whatever happens; after a failure or an interruption, what was begun stays for `apply` to finish.
 */
export async function changeLive(options: LiveChangeOptions): Promise<LiveChange> {
  const { lab, live, world } = options;
  const created = new Set(live.plan.steps.filter(({ action }) => action === "create").map(({ id }) => id));
  const opened: NfHandle["control"][] = [];
  await using _all = disposeAll(opened);
  const open = async (isNew: boolean): Promise<Driven> => {
    const wanted = lab.nfs.filter((nf) => controlledApp(nf) !== undefined && created.has(`nf:${nf.name}`) === isNew);
    const nfs = await Promise.all(wanted.map((nf) => openHandle(world.host, nf)));
    opened.push(...nfs.map(({ control }) => control));
    return { lab, nfs };
  };
  const staying = await open(false);
  const routes = routesOf(lab);
  try {
    options.onPart(`watching the lab's traffic for ${UNDISTURBED_MS / 1000} s while nothing changes`);
    const undisturbed = await watch(staying, routes, world.signal);
    const changed = await change(options, staying, routes, () => open(true));
    return {
      schema: "corebed/live-change/1",
      lab: lab.name,
      changed: true,
      changes: changesOf(live),
      chains: routes.map((route) =>
        liveChain({ ...route, ...changed(route), undisturbed: undisturbed(route) } satisfies Parameters<
          typeof liveChain
        >[0]),
      ),
    };
  } finally {
    await stopGenerators(staying);
    await stopReceivers(staying);
  }
}

/** What a plan does, in its order, without what stays. */
export function changesOf({ plan }: LivePlan): readonly string[] {
  return plan.steps.filter(({ action }) => action !== "keep").map(({ action, id }) => `${action} ${id}`);
}

function routesOf(lab: Lab): readonly Route[] {
  const { chains, traffic } = lab;
  return chains.flatMap(({ name: chain, path }): readonly Route[] => {
    const [first = "", last = ""] = [path[0], path.at(-1)];
    const portOf = (direction: Direction) => receivingEnd(lab, chain, direction)?.port ?? 0;
    const forward: Route = {
      chain,
      direction: "forward",
      path,
      sender: first,
      receiver: last,
      port: portOf("forward"),
    };
    if (traffic.direction === "one") return [forward];
    return [forward, { ...forward, direction: "reverse", sender: last, receiver: first, port: portOf("reverse") }];
  });
}

/** Sends with this stamp from now on, until what arrives is steady. */
async function begin(driven: Driven, stamp: number, signal: AbortSignal): Promise<void> {
  const { traffic } = driven.lab;
  await startReceivers(driven, { ratePps: traffic.ratePps, stamp });
  await startGenerators(driven, { ratePps: traffic.ratePps, stamp });
  await warmUp(driven, traffic.warmupMs, signal);
  signal.throwIfAborted();
}

/** Stops sending and waits for the last packet; then the counters are exact. */
async function end(driven: Driven): Promise<ReadonlyMap<string, NfStats>> {
  await stopGenerators(driven);
  await drained(driven);
  return await statsOf(driven);
}

async function watch(driven: Driven, routes: readonly Route[], signal: AbortSignal) {
  await begin(driven, STAMPS.undisturbed, signal);
  const before = await counts(driven, routes);
  await delay(UNDISTURBED_MS, undefined, { signal });
  const after = await counts(driven, routes);
  const stats = await end(driven);
  return (route: Route): LiveChain["undisturbed"] => {
    const { sent, received, duplicates } = totals(stats, route);
    return {
      ...between(before, after, route),
      sentPackets: sent,
      lostPackets: Math.max(0, sent - (received - duplicates)),
    };
  };
}

async function change(
  { lab, live, world, emit, onPart }: LiveChangeOptions,
  staying: Driven,
  routes: readonly Route[],
  openNew: () => Promise<Driven>,
) {
  const { signal } = world;
  const perform = async (stage: Stage): Promise<void> => {
    const outcome = await applyPlan(stage, world, emit);
    if (outcome.failed.length > 0 || outcome.skipped.length > 0) throw new ApplyFailedError(lab.name, outcome);
  };
  await begin(staying, STAMPS.change, signal);
  const looks = [await counts(staying, routes)];
  if (live.bringUp.operations.length > 0) onPart("bringing up what is new beside the chains");
  await perform(live.bringUp);
  await verifyLab(lab, world);
  await startReceivers(await openNew(), { ratePps: lab.traffic.ratePps, stamp: STAMPS.change });
  looks.push(await counts(staying, routes));
  onPart("switching over");
  await perform(live.switchOver);
  await settleRules(lab, world);
  await untilAllReceive(staying, routes, signal);
  await delay(TAIL_MS, undefined, { signal });
  looks.push(await counts(staying, routes));
  if (live.takeAway.operations.length > 0) onPart("taking away what nothing goes by any more");
  await untilEmpty(lab, live.leavingPorts, world);
  await perform(live.takeAway);
  await delay(TAIL_MS, undefined, { signal });
  looks.push(await counts(staying, routes));
  const stats = await end(staying);
  return (route: Route) => ({
    phases: (["bring-up", "switch-over", "take-away"] as const).map((phase, i): LivePhase => {
      const [before, after] = [looks[i], looks[i + 1]];
      return { phase, ...between(before ?? new Map(), after ?? new Map(), route) };
    }),
    ...totals(stats, route),
  });
}

async function statsOf({ nfs }: Driven): Promise<ReadonlyMap<string, NfStats>> {
  const answers = nfs.map(async ({ nf, control }) => [nf.name, (await control.stats()) as NfStats] as const);
  return new Map(await Promise.all(answers));
}

async function counts({ lab, nfs }: Driven, routes: readonly Route[]): Promise<Counts> {
  const receivers = new Set(routes.map(({ receiver }) => receiver));
  const stats = await statsOf({ lab, nfs: nfs.filter(({ nf }) => receivers.has(nf.name)) });
  const takenAtMs = performance.now();
  return new Map(
    routes.map((route) => {
      const got = receiverFigures({ nfs: stats }, { nf: route.receiver, port: route.port }, route.direction);
      return [route, { received: got?.received ?? 0, gaps: got?.interArrivalNs.buckets ?? [], takenAtMs }];
    }),
  );
}

const NOTHING: ArrivalCount = { received: 0, gaps: [], takenAtMs: 0 };

function between(before: Counts, after: Counts, route: Route): Omit<LivePhase, "phase"> {
  return arrivalsBetween(before.get(route) ?? NOTHING, after.get(route) ?? NOTHING);
}

function totals(stats: ReadonlyMap<string, NfStats>, { sender, receiver, port, direction }: Route) {
  const from = senderFigures({ nfs: stats }, sender, direction);
  const to = receiverFigures({ nfs: stats }, { nf: receiver, port }, direction);
  const ticks = (from?.stopTsc ?? 0) - (from?.startTsc ?? 0);
  return {
    durationMs: (ticks / (stats.get(sender)?.tscHz ?? 1)) * 1000,
    sent: from?.sent ?? 0,
    received: to?.received ?? 0,
    reordered: to?.reordered ?? 0,
    duplicates: to?.duplicates ?? 0,
  };
}

/** OVS's datapath follows the rules a moment later: it has done so once its revalidators have been round. */
async function settleRules({ switch: sw }: Lab, { host, signal }: World): Promise<void> {
  if (sw === undefined) return;
  await using control = await openOvsControl(host, sw.directory);
  await control.command("revalidator/wait", [], { signal });
}

async function untilAllReceive(driven: Driven, routes: readonly Route[], signal: AbortSignal): Promise<void> {
  const before = await counts(driven, routes);
  for (const route of routes) {
    await until(
      async () => {
        const now = (await counts(driven, [route])).get(route)?.received ?? 0;
        return now > (before.get(route)?.received ?? 0) || undefined;
      },
      {
        what: `a packet at ${route.receiver}, the end of chain ${route.chain}, since its rules were changed`,
        timeoutMs: ARRIVAL_TIMEOUT_MS,
        signal,
      },
    );
  }
}

/** Waits until nothing comes out of these ports, nor goes into them, any more. */
async function untilEmpty({ switch: sw }: Lab, ports: readonly number[], { host, signal }: World): Promise<void> {
  if (sw === undefined || ports.length === 0) return;
  await using bridge = await openBridge(host, sw.directory, sw.bridge);
  const packets = (stats: readonly PortStats[]): string =>
    JSON.stringify(stats.filter(({ port }) => ports.includes(port)).map((port) => [port.rxPackets, port.txPackets]));
  let before = "";
  await until(
    async () => {
      const now = packets(await bridge.portStats(undefined, { signal }));
      const same = now === before;
      before = now;
      return same || undefined;
    },
    { what: "the end of traffic on the ports that go", timeoutMs: EMPTY_TIMEOUT_MS, intervalMs: 50, signal },
  );
}
