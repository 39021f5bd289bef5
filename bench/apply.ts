import { localHost } from "../src/host/local-host.ts";
import { openWorld } from "../src/provision/world.ts";
import { command } from "./command.ts";
import { median, type Row, spread } from "./row.ts";

const ROUNDS = 9;
const FILE = "topologies/pktgen-stats.yaml";

/** `corebed apply` of the 2-NF vhost-user lab, as a whole process, against Docker alone creating and starting the same three containers in parallel. */
export async function benchApply(): Promise<readonly Row[]> {
  const world = openWorld(localHost(), new AbortController().signal);
  const ours: number[] = [];
  const docker: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push((await command(["bin/corebed", "apply", FILE, "--fold-cores"])).wallMs);
    const labelled = await world.docker.listContainers({ all: true, filters: { label: ["corebed.lab=pktgen-stats"] } });
    const same = await Promise.all(labelled.map(({ Id }) => world.docker.getContainer(Id).inspect()));
    const clean = same.map(({ Config, HostConfig }) => ({ ...Config, Labels: {}, HostConfig }));
    await command(["bin/corebed", "destroy", "pktgen-stats"]);
    // The NFs' directories are mounted: Docker alone would make them too.
    const startedAt = performance.now();
    const containers = await Promise.all(
      clean.map(async (options, i) => {
        const container = await world.docker.createContainer({ ...options, name: `corebed-bench-${i}` });
        await container.start();
        return container;
      }),
    );
    docker.push(performance.now() - startedAt);
    await Promise.all(containers.map((container) => container.remove({ force: true })));
    await world.host.remove("/run/corebed/pktgen-stats");
  }
  const ratio = median(ours) / median(docker);
  return [
    {
      what: "apply of the 2-NF vhost-user lab, images present",
      measured: `${spread(ours.map((ms) => ms / 1000))} s`,
      target: "5 s",
      reached: median(ours) <= 5_000,
    },
    {
      what: "the same against Docker starting the same containers in parallel",
      measured: `${ratio.toFixed(2)}x (Docker alone ${spread(docker.map((ms) => ms / 1000))} s)`,
      target: "1.3x",
      reached: ratio <= 1.3,
    },
  ];
}
