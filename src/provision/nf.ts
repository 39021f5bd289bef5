import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import type { NfContainerSpec, Resource } from "../lab/resource.ts";
import { mounts } from "./binds.ts";
import {
  createAndStart,
  deviceMapping,
  groupOf,
  lockedMemory,
  observeContainers,
  pidOf,
  resume,
  throwIfExited,
} from "./container.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { disableIpv6OfPeers } from "./ipv6.ts";
import { LABEL, labelsOf } from "./labels.ts";
import { lostServer } from "./lost-server.ts";
import { tellOverlays } from "./overlay.ts";
import { silentNf } from "./silent-nf.ts";
import { removeObserved } from "./stray-process.ts";
import { until } from "./until.ts";
import { lostWire, makeWires } from "./wire.ts";

/** An NF that has not made its first socket by then never will: EAL needs well under a second. */
const SOCKET_TIMEOUT_MS = 15_000;
/** A container that has ended is noticed after this. */
const LOOK_MS = 500;

const observeNfContainers = observeContainers("nf", (container, spec) => {
  const joined = container.NetworkSettings?.Networks ?? {};
  const lost = spec?.ports.find(({ network }) => network !== undefined && joined[network] === undefined);
  return lost === undefined ? undefined : { text: `is not on network ${lost.network}`, repairable: false };
});

/** The lab's NFs, with what is wrong with their containers, and with their memifs where they can be asked. */
export const observeNfs: Observe = async (reader, lab) => {
  const found = await observeNfContainers(reader, lab);
  return await Promise.all(
    found.map(async (nf) => ({
      ...nf,
      problem:
        nf.problem ??
        (await lostWire(reader, nf.spec)) ??
        (await lostServer(reader.host, nf.spec)) ??
        (await silentNf(reader.host, nf.spec)),
    })),
  );
};

export const nfDriver: Driver<"nf"> = {
  create: async (world, resource) => {
    const { spec } = resource;
    await removeStaleSockets(world, spec);
    const [, ...others] = networksOf(spec);
    await createAndStart(world, await createOptions(world, resource), async (container) => {
      for (const port of others) {
        const network = world.docker.getNetwork(port.network ?? "");
        const options = { Container: container.id, EndpointConfig: endpoint(port) };
        await attempt(`connect ${spec.container} to ${port.network}`, network.connect(options));
      }
    });
    await makeWires(world, spec);
    await settle(world, spec);
    await sockets(world, spec);
  },
  settle: (world, { spec }) => settle(world, spec),
  update: (world, resource) => resume(world, resource.spec.container),
  delete: removeObserved,
};

/** What the networks around an NF must know of it once it runs. */
async function settle(world: World, spec: NfContainerSpec): Promise<void> {
  if (spec.networkMode === "networks") await disableIpv6OfPeers(world.host, await pidOf(spec.container, world));
  await tellOverlays(world, spec);
}

/**
 * A socket left behind by a killed NF would make virtio-user refuse to start ("Failed to setup backend"), and a memif's server too. The client of a memif
 * leaves it alone: it is the server's.
 */
async function removeStaleSockets(world: World, spec: NfContainerSpec): Promise<void> {
  const sockets = [spec.controlSocket, ...listening(spec).map((port) => port.socket)];
  await Promise.all(sockets.filter((path) => path !== undefined).map((path) => world.host.remove(path)));
}

function listening({ ports }: NfContainerSpec): NfContainerSpec["ports"] {
  return ports.filter(({ socket, role }) => socket !== undefined && role !== "client");
}

/**
 * Waits until the NF listens on its memif sockets, whose clients may try only once, and on its first vhost-user socket, so that OVS connects at once instead
 * of at its next try a second later. Only the first: EAL sets its ports up one after another, memifs before the others, and a second vhost-user socket comes
 * when the first has its peer.
 */
async function sockets(world: World, spec: NfContainerSpec): Promise<void> {
  if (spec.app === undefined) return;
  const [first] = listening(spec).filter(({ role }) => role === undefined);
  const awaited = [
    ...listening(spec).filter(({ role }) => role !== undefined),
    ...(first === undefined ? [] : [first]),
  ];
  for (const { socket = "", datapath } of awaited) {
    await until(
      async () => {
        if (await world.host.appears(socket, { timeoutMs: LOOK_MS, signal: world.signal })) return true;
        await throwIfExited(world, spec.container);
        return undefined;
      },
      {
        what: `the ${datapath} socket of NF ${spec.nf} (${socket})`,
        timeoutMs: SOCKET_TIMEOUT_MS,
        signal: world.signal,
      },
    );
  }
}

async function createOptions(
  { host }: World,
  resource: Extract<Resource, { kind: "nf" }>,
): Promise<Docker.ContainerCreateOptions> {
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
      ...groupOf(spec),
      CapDrop: ["ALL"],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ["no-new-privileges"],
      Binds: [spec.directory, ...(spec.sharedDirectories ?? [])].map((path) => `${path}:${path}`),
      ...(spec.binds === undefined ? {} : { Mounts: await mounts(host, spec.nf, spec.binds) }),
      ...(spec.devices === undefined ? {} : { Devices: spec.devices.map(deviceMapping) }),
      ...lockedMemory(spec.devices),
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

/**
 * Address and MAC of an endpoint. Engines before API 1.44 take no MAC here, but derive the same one from the address. On ipvlan there is none but the parent's,
 * and Docker refuses to be given one.
 */
function endpoint(port: NfContainerSpec["ports"][number]): Docker.EndpointSettings {
  const own = port.datapath === "ipvlan" ? {} : { MacAddress: port.mac };
  return { IPAMConfig: { IPv4Address: port.ipv4 }, ...own } as Docker.EndpointSettings;
}
