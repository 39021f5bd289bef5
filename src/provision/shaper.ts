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
/** What may wait behind the bucket, as time at the full rate: the sender's own ring waits in front of it. */
const QUEUE_MS = 5;
const LEAST_QUEUE_BYTES = 65_536;

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
  const queue = Math.max(LEAST_QUEUE_BYTES, Math.round((spec.rateBps * QUEUE_MS) / 8000));
  const bucket = ["rate", `${spec.rateBps}bit`, "burst", `${spec.burstBytes}b`, "limit", `${queue}b`];
  const at = ["qdisc", "replace", "dev", place.interface, "root", "handle", SHAPER_HANDLE];
  await tc(world, place.pid, [...at, "tbf", ...bucket, "overhead", String(FCS_BYTES)]);
}

/** The first process of a host has its network namespace: where interfaces are that the lab makes itself. */
const HOST_PID = 1;

/** The interface and a process in its network namespace; undefined if it is gone. An NF on a veth pair of the host's may be gone before its queue. */
async function placeOf(
  world: World,
  spec: ShaperSpec,
): Promise<{ readonly interface: string; readonly pid: number } | undefined> {
  const pid = spec.interface === undefined ? await pidOf(spec.container, world) : HOST_PID;
  const name = await interfaceOf(world.host, pid, spec);
  return name === undefined ? undefined : { interface: name, pid };
}

/** The port's interface in the network namespace of its NF. */
async function interfaceOf(
  host: HostReader,
  pid: number,
  { interface: name, mac }: Pick<ShaperSpec, "interface" | "mac">,
): Promise<string | undefined> {
  const directory = `/proc/${pid}/root${INTERFACES}`;
  if (name !== undefined) return (await host.list(`${directory}/${name}`)) === undefined ? undefined : name;
  for (const candidate of (await host.list(directory)) ?? []) {
    if ((await host.read(`${directory}/${candidate}/address`))?.trim() === mac) return candidate;
  }
  return undefined;
}

async function tc(world: World, pid: number, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await world.host.run(inNamespace(pid, ["tc", ...args]));
  if (exitCode !== 0) throw new HostError(world.host.name, `tc ${args.join(" ")}`, stderr.trim());
}
