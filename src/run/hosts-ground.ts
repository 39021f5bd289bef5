import { disposeAll } from "../host/dispose-all.ts";
import type { HostsFacts } from "../lab/host-facts.ts";
import { hostOf, type Lab, type LabPart } from "../lab/lab.ts";
import { destroyLab } from "../provision/converge.ts";
import { carryOutParts, type PreparedPart, prepareParts } from "../provision/converge-parts.ts";
import type { World } from "../provision/driver.ts";
import { labNames } from "../provision/observe.ts";
import { type LiveLab, verifyLab } from "../provision/verify.ts";
import { lockHosts, onHosts, onParts, partsOf, type Worlds, worldOf } from "../provision/worlds.ts";
import { watchPlaces } from "./failure.ts";
import { type Ground, ObstacleError } from "./ground.ts";
import { type DrivenHost, type DrivenLab, drivenLab, openLab } from "./live.ts";
import { freezeRunning, setNfsPaused, setPaused } from "./pause.ts";

/** Several hosts that have a part of each lab, by their names in the file. */
export function hostsGround(worlds: Worlds, signal: AbortSignal, readFacts: () => Promise<HostsFacts>): Ground {
  const all = [...worlds.values()];
  return {
    signal,
    readers: all.map(({ reader }) => reader),
    oneAtATime: true,
    present: async () => [...new Set((await onHosts(worlds, ({ reader }) => labNames(reader))).flat())].toSorted(),
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
    reconnect: (lab) => openParts(lab, worlds, (part, world) => verifyLab(part.lab, world)),
    watch: (lab) =>
      watchPlaces(partsOf(lab).map((part) => ({ host: part.host, lab: part.lab, world: worldOf(worlds, part.host) }))),
    setPaused: async (lab, paused) => {
      await onParts(lab, worlds, (part, world) => setPaused(world, part.lab, paused));
    },
    setNfsPaused: async (lab, names, paused) => {
      await onParts(lab, worlds, ({ lab: { nfs } }, world) => {
        const containers = nfs.filter(({ name }) => names.includes(name)).map(({ container }) => container);
        return setNfsPaused(world, containers, paused);
      });
    },
    freezeRunning: async (labs) =>
      (await onHosts(worlds, (world) => freezeRunning(world, labs))).some((froze) => froze),
    upload: async (lab, nf, localPath, path) => {
      await worldOf(worlds, hostOf(lab, nf) ?? "").host.upload(localPath, path);
    },
    destroy: async (lab) => {
      await onHosts(worlds, (world) => destroyLab(lab, world, () => {}));
    },
  };
}

/** Connects to each host's part of a lab; where one cannot be reached, to none. */
async function openParts(
  lab: Lab,
  worlds: Worlds,
  liveOf: (part: LabPart, world: World) => Promise<LiveLab>,
): Promise<DrivenLab> {
  const opened: AsyncDisposable[] = [];
  try {
    const hosts = await onParts(lab, worlds, async (part, world): Promise<DrivenHost> => {
      const controls = await openLab(world.reader, part.lab, await liveOf(part, world));
      opened.push(controls);
      return { host: part.host, controls };
    });
    return drivenLab(lab, hosts);
  } catch (error) {
    await disposeAll(opened)[Symbol.asyncDispose]();
    throw error;
  }
}

/** Throws what hosts have not left for the lab, each with the host. */
export function refuseObstacles(prepared: readonly PreparedPart[]): void {
  const obstacles = prepared.flatMap(({ part, budget }) =>
    budget.obstacles.map((obstacle) => ({ ...obstacle, message: `host ${part.host}: ${obstacle.message}` })),
  );
  if (obstacles.length > 0) throw new ObstacleError(obstacles);
}
