import { HostError } from "../host/host.ts";
import type { TokenBucket } from "../host/parse/qdiscs.ts";
import { inNamespace } from "../host/token-buckets.ts";
import { roundedBurst, SHAPER_HANDLE } from "../lab/limit.ts";
import { type NfContainerSpec, type NfPortSpec, type ShaperSpec, specDigest } from "../lab/resource.ts";
import type { Observed } from "../plan/plan.ts";
import { pidOf } from "./container.ts";
import type { Driver, HostReader, Observe, Reader, World } from "./driver.ts";
import { LABEL, specOf } from "./labels.ts";
import { readableSpec } from "./readable-spec.ts";

const INTERFACES = "/sys/class/net";
/** What the kernel leaves out of a frame and corebed counts. */
const FCS_BYTES = 4;
/**
 * Packets that may wait for the bucket. When one more comes the oldest goes: a queue that refused it would leave it in the ring of the NF's packet socket,
 * which offers it again and holds up a sender that has stopped. More than this the socket's send buffer has no room for.
 */
const QUEUE_PACKETS = 64;
const QUEUE_HANDLE = "cb2:";
/** tbf wants a limit of its own, in bytes, for the queue that this one takes the place of. */
const UNUSED_LIMIT_BYTES = 65_536;

/** The token buckets of the lab's ports with corebed's handle, as the kernel has them now. */
export const observeShapers: Observe = async (reader, lab) => {
  const containers = await reader.docker.containers(`${LABEL.lab}=${lab}`);
  const running = containers.filter(({ State }) => State === "running" || State === "paused");
  const found = await Promise.all(
    running.map(async (container) => {
      const spec = specOf<"nf">(container.Labels);
      const ports = container.Labels[LABEL.resource]?.startsWith("nf:") ? (spec?.ports ?? []) : [];
      const queued = ports.filter(isOnKernel);
      if (spec === undefined || queued.length === 0) return [];
      const pid = (await reader.docker.inspect(container.Id)).State.Pid;
      const buckets = (await reader.tokenBuckets(pid)).filter(({ handle }) => handle === SHAPER_HANDLE);
      if (buckets.length === 0) return [];
      return (await Promise.all(queued.map((port) => observed(reader, lab, spec, port, pid, buckets)))).flat();
    }),
  );
  return found.flat();
};

/** Token buckets stand only where a port sends through a kernel interface. */
function isOnKernel({ direction, network, interface: name }: NfPortSpec): boolean {
  return direction === "out" && (network !== undefined || name !== undefined);
}

async function observed(
  reader: Reader,
  lab: string,
  { nf, container }: NfContainerSpec,
  port: NfPortSpec,
  pid: number,
  buckets: readonly TokenBucket[],
): Promise<readonly Observed[]> {
  const name = await interfaceOf(reader.host, pid, port);
  const bucket = buckets.find((candidate) => candidate.interface === name);
  if (bucket === undefined) return [];
  const spec: ShaperSpec = {
    container,
    interface: port.interface,
    mac: port.mac,
    rateBps: bucket.bytesPerSecond * 8,
    burstBytes: roundedBurst(bucket.burstBytes),
  };
  const id = `shaper:${nf}-p${port.index}`;
  const inside = port.interface === undefined ? `nf:${nf}` : undefined;
  return [{ kind: "shaper", id, lab, digest: specDigest(spec), spec, problem: undefined, inside, hugePages: 0 }];
}

export const shaperDriver: Driver<"shaper"> = {
  create: (world, resource) => setBucket(world, resource.spec),
  update: (world, resource) => setBucket(world, resource.spec),
  // `replace` of what is there already as it should be does nothing to what waits in it.
  settle: (world, resource) => setBucket(world, resource.spec),
  delete: async (world, found) => {
    const spec = readableSpec(found);
    const place = await placeOf(world, spec);
    if (place === undefined) return;
    await tc(world, place.pid, ["qdisc", "delete", "dev", place.interface, "root", "handle", SHAPER_HANDLE]);
  },
};

/** `replace` makes the bucket or gives the one that is there its new rate: what waits in it stays. */
async function setBucket(world: World, spec: ShaperSpec): Promise<void> {
  const place = await placeOf(world, spec);
  if (place === undefined)
    throw new HostError(
      world.host.name,
      `limit ${spec.container}`,
      `it has no interface ${spec.interface ?? spec.mac}`,
    );
  const dev = ["dev", place.interface];
  const bucket = ["rate", `${spec.rateBps}bit`, "burst", `${spec.burstBytes}b`, "limit", `${UNUSED_LIMIT_BYTES}b`];
  const root = ["qdisc", "replace", ...dev, "root", "handle", SHAPER_HANDLE];
  await tc(world, place.pid, [...root, "tbf", ...bucket, "overhead", String(FCS_BYTES)]);
  // A change of the bucket sets the queue's limit as well.
  const child = ["qdisc", "replace", ...dev, "parent", `${SHAPER_HANDLE}1`, "handle", QUEUE_HANDLE];
  await tc(world, place.pid, [...child, "pfifo_head_drop", "limit", String(QUEUE_PACKETS)]);
}

/** Where an interface is: in the network namespace of a process, or, without one, in the host's own. */
interface Place {
  readonly interface: string;
  readonly pid: number | undefined;
}

/** Undefined if the interface is gone. Interfaces with a name are the lab's own, in the host's namespace: their NF may be gone before their queue. */
async function placeOf(world: World, spec: ShaperSpec): Promise<Place | undefined> {
  const pid = spec.interface === undefined ? await pidOf(spec.container, world) : undefined;
  const name = await interfaceOf(world.host, pid, spec);
  return name === undefined ? undefined : { interface: name, pid };
}

async function interfaceOf(
  host: HostReader,
  pid: number | undefined,
  { interface: name, mac }: Pick<ShaperSpec, "interface" | "mac">,
): Promise<string | undefined> {
  if (name !== undefined) return (await host.list(`${INTERFACES}/${name}`)) === undefined ? undefined : name;
  const directory = `/proc/${pid}/root${INTERFACES}`;
  for (const candidate of (await host.list(directory)) ?? []) {
    if ((await host.read(`${directory}/${candidate}/address`))?.trim() === mac) return candidate;
  }
  return undefined;
}

async function tc(world: World, pid: number | undefined, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await world.host.run(
    pid === undefined ? ["tc", ...args] : inNamespace(pid, ["tc", ...args]),
  );
  if (exitCode !== 0) throw new HostError(world.host.name, `tc ${args.join(" ")}`, stderr.trim());
}
