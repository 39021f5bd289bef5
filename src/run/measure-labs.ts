import { disposeAll } from "../host/dispose-all.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { interleave } from "../measure/interleave.ts";
import type { Trial } from "../measure/trial.ts";
import type { Obstacle } from "../plan/budget.ts";
import { carryOut, lockHost, preparePlan } from "../provision/converge.ts";
import type { World } from "../provision/driver.ts";
import type { EmitApply } from "../provision/event.ts";
import type { LiveLab } from "../provision/verify.ts";
import type { EmitRun } from "./event.ts";
import { type LabControls, openLab } from "./live.ts";
import { setPaused } from "./pause.ts";
import { runTrials } from "./run-trials.ts";

/** The host has not left what a plan needs. */
export class ObstacleError extends Error {
  readonly obstacles: readonly Obstacle[];
  constructor(obstacles: readonly Obstacle[]) {
    super(obstacles.map((obstacle) => `${obstacle.message}\n  = help: ${obstacle.help}`).join("\n"));
    this.name = "ObstacleError";
    this.obstacles = obstacles;
  }
}

export interface MeasureRequest {
  readonly labs: readonly Lab[];
  /** Trials of each lab. */
  readonly repeats: number;
  /** Read anew for each lab, since each takes huge pages. */
  readonly readFacts: () => Promise<HostFacts>;
}

export interface Measured {
  readonly trials: readonly Trial[];
  /** OVS's version, where there is a switch, and DPDK's in the NFs. */
  readonly versions: { readonly ovs: string | undefined; readonly dpdk: string | undefined };
}

/**
 * Brings the labs up, one after another, and measures them in turns: A B, B A, A B, ... Labs of a comparison share CPUs, so all but the one that is measured
 * are frozen. The labs stay up, whatever happens; the caller decides what becomes of them.
 */
export async function measureLabs(
  request: MeasureRequest,
  world: World,
  emitApply: EmitApply,
  emitRun: EmitRun,
): Promise<Measured> {
  const takeTurns = request.labs.length > 1;
  const opened: LabControls[] = [];
  let ovs: string | undefined;
  await using _connections = disposeAll(opened);
  for (const lab of request.labs) {
    const live = await bringUp(lab, request, world, emitApply);
    opened.push(await openLab(world.host, lab, live));
    ovs ??= await ovsVersion(opened);
    if (takeTurns) await setPaused(world, lab, true);
  }
  const trials = await runTrials({ order: interleave(opened, request.repeats), takeTurns }, world, emitRun);
  const infos = opened.flatMap(({ live }) => [...live.nfs.values()]);
  return { trials, versions: { ovs, dpdk: infos[0]?.dpdk.replace(/^DPDK /, "") } };
}

async function bringUp(lab: Lab, request: MeasureRequest, world: World, emitApply: EmitApply): Promise<LiveLab> {
  await using _host = await lockHost(lab.name);
  const { plan, budget } = await preparePlan(lab, world.reader, await request.readFacts());
  if (budget.obstacles.length > 0) throw new ObstacleError(budget.obstacles);
  return await carryOut(lab, plan, world, emitApply);
}

/** `ovs-vswitchd (Open vSwitch) 3.1.0` and more lines after it, as vswitchd gives it on its control socket. */
async function ovsVersion(opened: readonly LabControls[]): Promise<string | undefined> {
  const text = await opened.find(({ switch: ovs }) => ovs !== undefined)?.switch?.control.command("version");
  return /\d+\.\d+\.\d+/.exec(text ?? "")?.[0];
}
