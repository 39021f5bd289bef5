import { attempt } from "../host/docker.ts";
import type { Host } from "../host/host.ts";
import type { Observed } from "../plan/plan.ts";
import type { Driver, Observe } from "./driver.ts";
import { disableIpv6 } from "./ipv6.ts";
import { LABEL, labelsOf, specOf } from "./labels.ts";
import { isNotFound } from "./not-found.ts";
import { readableSpec } from "./readable-spec.ts";

/** Docker networks with the lab's label. */
export const observeNetworks: Observe = async (reader, lab) => {
  const networks = await reader.docker.networks(`${LABEL.lab}=${lab}`);
  return networks.map((network): Observed => {
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
  update: async () => {},
  delete: async (world, observed) => {
    const { name } = readableSpec(observed);
    try {
      await attempt(`remove network ${name}`, world.docker.getNetwork(name).remove());
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  },
};

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
