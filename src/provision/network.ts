import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { DockerError } from "../host/docker-error.ts";
import type { Host } from "../host/host.ts";
import type { Observed } from "../plan/plan.ts";
import type { Driver, Observe, Reader, World } from "./driver.ts";
import { disableIpv6 } from "./ipv6.ts";
import { LABEL, labelsOf, placeOf, specOf } from "./labels.ts";
import { isNotFound } from "./not-found.ts";
import { readableSpec } from "./readable-spec.ts";
import { TimedOutError, until } from "./until.ts";

/** From the removal of an NF on one host until its swarm knows of it on another: well under a second where both answer. */
const IN_USE_TIMEOUT_MS = 10_000;

/** Docker networks with the lab's label. */
export const observeNetworks: Observe = async (reader, lab) => {
  const networks = await reader.docker.networks(`${LABEL.lab}=${lab}`);
  const own = await ownNetworks(reader, networks);
  return own.map((network): Observed => {
    const labels = network.Labels ?? {};
    return {
      kind: "network",
      id: labels[LABEL.resource] ?? `network:${network.Name}`,
      lab,
      digest: labels[LABEL.digest] ?? "",
      spec: specOf<"network">(labels),
      problem: undefined,
      inside: undefined,
      hugePages: 0,
    };
  });
};

export const networkDriver: Driver<"network"> = {
  create: async (world, resource) => {
    const { name, driver, bridge, subnet, addressRange, options } = resource.spec;
    await attempt(
      `create network ${name} (${subnet})`,
      world.docker.createNetwork({
        Name: name,
        Driver: driver,
        // No way out: what the generator sends stays between the NFs.
        Internal: true,
        // What is no service may join a swarm's network only so.
        ...(driver === "overlay" && { Attachable: true }),
        EnableIPv6: false,
        CheckDuplicate: true,
        IPAM: {
          Driver: "default",
          Config: [{ Subnet: subnet, ...(addressRange !== undefined && { IPRange: addressRange }) }],
        },
        Options: { ...options, ...(bridge === undefined ? {} : { "com.docker.network.bridge.name": bridge }) },
        Labels: labelsOf(resource),
      }),
    );
    if (bridge !== undefined) await quietBridge(world.host, bridge);
  },
  settle: async ({ host }, { spec: { bridge } }) => {
    if (bridge !== undefined) await quietBridge(host, bridge);
  },
  update: async () => {},
  delete: async (world, observed) => {
    const { name, driver } = readableSpec(observed);
    const remove = async (): Promise<void> => {
      try {
        await attempt(`remove network ${name}`, world.docker.getNetwork(name).remove());
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    };
    await (driver === "overlay" ? removeShared(world, name, remove) : remove());
  },
};

/** A lab's parts go from all hosts at the same time, and an overlay network when nobody is on it any more, on whatever host. */
async function removeShared({ signal }: World, name: string, remove: () => Promise<void>): Promise<void> {
  let last: unknown;
  const removed = async (): Promise<true | undefined> => {
    try {
      await remove();
      return true;
    } catch (error) {
      if (!(error instanceof DockerError) || !/in use|active endpoints/.test(error.reason)) throw error;
      last = error;
      return undefined;
    }
  };
  const options = { what: `the end of ${name}`, timeoutMs: IN_USE_TIMEOUT_MS, intervalMs: 200, signal };
  try {
    await until(removed, options);
  } catch (error) {
    if (!(error instanceof TimedOutError) || !(last instanceof DockerError)) throw error;
    throw new DockerError(`remove network ${name}`, last.reason, {
      cause: last,
      hint: "a container on another host of the swarm is still on it: remove the lab there first, then here again",
    });
  }
}

/**
 * A swarm shows its networks to all of its managers, and to others while they have a container on them: of a lab over several hosts they belong to the host that made
 * them.
 */
export async function ownNetworks(
  { docker }: Reader,
  networks: readonly Docker.NetworkInspectInfo[],
): Promise<readonly Docker.NetworkInspectInfo[]> {
  const placed = networks.map((network) => ({ network, place: placeOf([{ Labels: network.Labels ?? {} }]) }));
  if (!placed.some(({ network, place }) => network.Scope === "swarm" && place !== undefined)) return networks;
  const engine = await docker.engine();
  return placed
    .filter(({ network, place }) => {
      if (network.Scope !== "swarm" || place === undefined) return true;
      const maker = place.hosts.find(({ name }) => name === place.host);
      return engine.managesSwarm && engine.hostname === maker?.hostname;
    })
    .map(({ network }) => network);
}

/**
 * A bridge that snoops on multicast joins 224.0.0.106 itself (RFC 4286) and reports that twice, up to a second apart: NFs would count the second as a foreign
 * packet. Leaving is reported twice too, but without the pause, before there is any NF.
 */
async function quietBridge(host: Host, bridge: string): Promise<void> {
  await disableIpv6(host, bridge);
  const snooping = `/sys/class/net/${bridge}/bridge/multicast_snooping`;
  if ((await host.read(snooping)) === undefined) return;
  await host.write(`/proc/sys/net/ipv4/conf/${bridge}/igmpv3_unsolicited_report_interval`, "1");
  await host.write(snooping, "0");
}
