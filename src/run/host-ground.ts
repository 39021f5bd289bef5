import type { HostFacts } from "../lab/host-facts.ts";
import { carryOut, destroyLab, lockHost, preparePlan } from "../provision/converge.ts";
import type { World } from "../provision/driver.ts";
import { labNames } from "../provision/observe.ts";
import { verifyLab } from "../provision/verify.ts";
import { watchPlaces } from "./failure.ts";
import { type Ground, withoutObstacles } from "./ground.ts";
import { drivenLab, openLab } from "./live.ts";
import { freezeRunning, setNfsPaused, setPaused } from "./pause.ts";

/** One host. Its facts are read anew for each lab, since each takes huge pages. */
export function hostGround(world: World, readFacts: () => Promise<HostFacts>): Ground {
  return {
    signal: world.signal,
    readers: [world.reader],
    oneAtATime: false,
    present: () => labNames(world.reader),
    bringUp: async (lab, emit) => {
      await using _host = await lockHost(world.host, lab.name);
      const { plan } = withoutObstacles(await preparePlan(lab, world.reader, await readFacts()));
      const live = await carryOut(lab, plan, world, emit);
      const controls = await openLab(world.reader, lab, live);
      return drivenLab(lab, [{ host: undefined, controls }]);
    },
    reconnect: async (lab) => {
      const controls = await openLab(world.reader, lab, await verifyLab(lab, world));
      return drivenLab(lab, [{ host: undefined, controls }]);
    },
    watch: (lab) => watchPlaces([{ host: undefined, lab, world }]),
    setPaused: (lab, paused) => setPaused(world, lab, paused),
    setNfsPaused: ({ nfs }, names, paused) =>
      setNfsPaused(
        world,
        nfs.filter(({ name }) => names.includes(name)).map(({ container }) => container),
        paused,
      ),
    freezeRunning: (labs) => freezeRunning(world, labs),
    upload: (_lab, _nf, localPath, path) => world.host.upload(localPath, path),
    destroy: async (lab) => {
      await destroyLab(lab, world, () => {});
    },
  };
}
