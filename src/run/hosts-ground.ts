import { disposeAll } from "../host/dispose-all.ts";
import type { HostsFacts } from "../lab/host-facts.ts";
import { hostOf, type Lab, type LabPart } from "../lab/lab.ts";
import { destroyLab } from "../provision/converge.ts";
import {
  carryOutParts,
  lockHosts,
  type PreparedPart,
  partsOf,
  prepareParts,
  type Worlds,
  worldOf,
} from "../provision/converge-parts.ts";
import type { World } from "../provision/driver.ts";
import { labNames } from "../provision/observe.ts";
import { type LiveLab, verifyLab } from "../provision/verify.ts";
import { type Ground, ObstacleError } from "./ground.ts";
import { awayOf } from "./host-ground.ts";
import { type DrivenHost, type DrivenLab, drivenLab, openLab } from "./live.ts";
import { freezeRunning, setNfsPaused, setPaused } from "./pause.ts";

/** Several hosts that have a part of each lab, by their names in the file. */
export function hostsGround(worlds: Worlds, signal: AbortSignal, readFacts: () => Promise<HostsFacts>): Ground {
  const all = [...worlds.values()];
  const onParts = async (lab: Lab, act: (part: LabPart, world: World) => Promise<void>): Promise<void> => {
    await Promise.all(partsOf(lab).map((part) => act(part, worldOf(worlds, part.host))));
  };
  return {
    signal,
    away: all.map(awayOf).find((name) => name !== undefined),
    readers: all.map(({ reader }) => reader),
    oneAtATime: true,
    present: async () => [...new Set((await Promise.all(all.map(({ reader }) => labNames(reader)))).flat())].toSorted(),
    bringUp: async (lab, emit) => {
      await using _hosts = await lockHosts(worlds, lab.name);
      const prepared = await prepareParts(lab, worlds, await readFacts());
      refuseObstacles(prepared);
      const live = await carryOutParts(lab, prepared, emit);
      return await openParts(lab, worlds, async ({ host }) => {
        const own = live.get(host);
        if (own === undefined) throw new Error(`internal: nothing is known of host ${host}`);
        return own;
      });
    },
    reconnect: (lab) => openParts(lab, worlds, (part) => verifyLab(part.lab, worldOf(worlds, part.host))),
    setPaused: (lab, paused) => onParts(lab, (part, world) => setPaused(world, part.lab, paused)),
    setNfsPaused: (lab, names, paused) =>
      onParts(lab, (part, world) =>
        setNfsPaused(
          world,
          part.lab.nfs.filter(({ name }) => names.includes(name)).map(({ container }) => container),
          paused,
        ),
      ),
    freezeRunning: async (labs) =>
      (await Promise.all(all.map((world) => freezeRunning(world, labs)))).some((froze) => froze),
    upload: async (lab, nf, localPath, path) => {
      await worldOf(worlds, hostOf(lab, nf) ?? "").host.upload(localPath, path);
    },
    destroy: async (lab) => {
      await Promise.all(all.map((world) => destroyLab(lab, world, () => {})));
    },
  };
}

/** Connects to each host's part of a lab; where one cannot be reached, to none. */
async function openParts(lab: Lab, worlds: Worlds, liveOf: (part: LabPart) => Promise<LiveLab>): Promise<DrivenLab> {
  const opened = await Promise.allSettled(
    partsOf(lab).map(async (part): Promise<DrivenHost> => {
      const { reader } = worldOf(worlds, part.host);
      return { host: part.host, controls: await openLab(reader, part.lab, await liveOf(part)) };
    }),
  );
  const hosts = opened.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  const failed = opened.find((end) => end.status === "rejected");
  if (failed === undefined) return drivenLab(lab, hosts);
  await disposeAll(hosts.map(({ controls }) => controls))[Symbol.asyncDispose]();
  throw failed.reason;
}

/** Throws what hosts have not left for the lab, each with the host. */
export function refuseObstacles(prepared: readonly PreparedPart[]): void {
  const obstacles = prepared.flatMap(({ part, budget }) =>
    budget.obstacles.map((obstacle) => ({ ...obstacle, message: `host ${part.host}: ${obstacle.message}` })),
  );
  if (obstacles.length > 0) throw new ObstacleError(obstacles);
}
