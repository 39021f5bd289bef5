import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import type { NfContainerSpec, Resource } from "../lab/resource.ts";
import { createAndStart, observeContainers, pidOf, removeContainer, resume, throwIfExited } from "./container.ts";
import type { Driver, World } from "./driver.ts";
import { disableIpv6OfPeers } from "./ipv6.ts";
import { LABEL, labelsOf } from "./labels.ts";
import { readableSpec } from "./readable-spec.ts";
import { until } from "./until.ts";

/** An NF that has not made its first socket by then never will: EAL needs well under a second. */
const SOCKET_TIMEOUT_MS = 15_000;

export const observeNfs = observeContainers("nf", (container, spec) => {
  const joined = container.NetworkSettings?.Networks ?? {};
  const lost = spec?.ports.find(({ network }) => network !== undefined && joined[network] === undefined);
  return lost === undefined ? undefined : { text: `is not on network ${lost.network}`, repairable: false };
});

export const nfDriver: Driver<"nf"> = {
  create: async (world, resource) => {
    const { spec } = resource;
    await removeStaleSockets(world, spec);
    const [, ...others] = networksOf(spec);
    await createAndStart(world, createOptions(resource), async (container) => {
      for (const port of others) {
        const network = world.docker.getNetwork(port.network ?? "");
        const options = { Container: container.id, EndpointConfig: endpoint(port) };
        await attempt(`connect ${spec.container} to ${port.network}`, network.connect(options));
      }
    });
    if (spec.networkMode === "networks") await disableIpv6OfPeers(world.host, await pidOf(spec.container, world));
    await firstSocket(world, spec);
  },
  update: (world, resource) => resume(world, resource.spec.container),
  delete: async (world, observed) => removeContainer(world, readableSpec(observed).container),
};

/** A socket left behind by a killed NF would make virtio-user refuse to start ("Failed to setup backend"). */
async function removeStaleSockets(world: World, spec: NfContainerSpec): Promise<void> {
  const sockets = [spec.controlSocket, ...spec.ports.map((port) => port.socket)].filter((path) => path !== undefined);
  await Promise.all(sockets.map((path) => world.host.remove(path)));
}

/**
 * Waits until the NF listens on its first vhost-user socket, so that OVS connects at once instead of at its next try a second later. Only the first: EAL
 * sets its ports up one after another, and the second socket comes when the first has its peer.
 */
async function firstSocket(world: World, spec: NfContainerSpec): Promise<void> {
  const path = spec.ports.find((port) => port.socket !== undefined)?.socket;
  if (path === undefined || spec.app === undefined) return;
  const name = path.slice(path.lastIndexOf("/") + 1);
  let looks = 0;
  await until(
    async () => {
      looks += 1;
      if (looks % 10 === 0) await throwIfExited(world, spec.container);
      return (await world.host.list(spec.directory))?.includes(name) || undefined;
    },
    { what: `the vhost-user socket of NF ${spec.nf} (${path})`, timeoutMs: SOCKET_TIMEOUT_MS, signal: world.signal },
  );
}

function createOptions(resource: Extract<Resource, { kind: "nf" }>): Docker.ContainerCreateOptions {
  const { spec } = resource;
  const [first] = networksOf(spec);
  return {
    name: spec.container,
    Image: spec.image,
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    ...(spec.networkMode === "host" ? {} : { Hostname: spec.nf }),
    Labels: {
      ...labelsOf(resource),
      [LABEL.group]: spec.group,
      [LABEL.cpus]: String(spec.workerCpu),
      [LABEL.hugePages]: String(spec.hugePages),
    },
    HostConfig: {
      NetworkMode: spec.networkMode === "networks" ? (first?.network ?? "none") : spec.networkMode,
      CpusetCpus: spec.cpus.join(","),
      CapDrop: ["ALL"],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ["no-new-privileges"],
      Binds: [`${spec.directory}:${spec.directory}`],
      Sysctls: { ...spec.sysctls },
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "1" } },
    },
    ...(first === undefined
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [first.network ?? ""]: endpoint(first) } } }),
  };
}

function networksOf(spec: NfContainerSpec): readonly NfContainerSpec["ports"][number][] {
  return spec.ports.filter((port) => port.network !== undefined);
}

/** Address and MAC of an endpoint. Engines before API 1.44 take no MAC here, but derive the same one from the address. */
function endpoint(port: NfContainerSpec["ports"][number]): Docker.EndpointSettings {
  return { IPAMConfig: { IPv4Address: port.ipv4 }, MacAddress: port.mac } as Docker.EndpointSettings;
}
