import { isDockerLost } from "../host/docker-error.ts";
import { type Host, isLost } from "../host/host.ts";
import { takeInOrder } from "../host/take-in-order.ts";
import type { Lab, LabPart } from "../lab/lab.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import { ApplyFailedError, lockHost } from "./converge.ts";
import type { World } from "./driver.ts";
import { isInterruption } from "./interruption.ts";

/** The hosts of a lab that is on several, by their names in the file. */
export type Worlds = ReadonlyMap<string, World>;

/** The parts of a lab; throws for one that is on one host. */
export function partsOf({ name, parts }: Lab): readonly LabPart[] {
  if (parts === undefined) throw new Error(`internal: lab ${name} is on one host`);
  return parts;
}

/** The world of a host. */
export function worldOf(worlds: Worlds, host: string): World {
  const world = worlds.get(host);
  if (world === undefined) throw new Error(`internal: no connection to host ${host}`);
  return world;
}

/** In the order of the file. */
export function hostsOf(worlds: Worlds): readonly Host[] {
  return [...worlds.values()].map(({ host }) => host);
}

/** Keeps other labs from coming up on any of the hosts. */
export function lockHosts(worlds: Worlds, lab: string): Promise<AsyncDisposable> {
  return takeInOrder(hostsOf(worlds), (host) => lockHost(host, lab));
}

/** Some hosts failed at what was to be done on all of them; the others have done it. */
export class HostsFailedError extends Error {
  constructor(failures: readonly { readonly host: string; readonly error: Error }[]) {
    super(failures.map(({ host, error }) => messageOf(host, error)).join("\nerror: "), { cause: failures[0]?.error });
    this.name = "HostsFailedError";
  }
}

/** What a host failed with, each of its errors with the host. */
export function messageOf(host: string, { message }: Error): string {
  return `host ${host}: ${message.replaceAll("\nerror: ", `\nerror: host ${host}: `)}`;
}

/** Does something on each host at once, and waits until all have come to their end: then what failed is thrown, with its host. */
export function onHosts<T>(worlds: Worlds, act: (world: World) => Promise<T>): Promise<readonly T[]> {
  return ended([...worlds].map(([host, world]) => ({ host, world, work: act(world) })));
}

/** The same with each part of a lab. */
export function onParts<T>(
  lab: Lab,
  worlds: Worlds,
  act: (part: LabPart, world: World) => Promise<T>,
): Promise<readonly T[]> {
  const parts = partsOf(lab).map((part) => ({ part, host: part.host, world: worldOf(worlds, part.host) }));
  return ended(parts.map(({ part, host, world }) => ({ host, world, work: act(part, world) })));
}

interface Work<T> {
  readonly host: string;
  readonly world: World;
  readonly work: Promise<T>;
}

async function ended<T>(all: readonly Work<T>[]): Promise<readonly T[]> {
  const ends = await Promise.allSettled(all.map(({ work }) => work));
  const done = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  if (done.length === all.length) return done;
  const failures = all.flatMap(({ host, world }, index) => {
    const end = ends[index];
    return end?.status === "rejected" ? [{ host, world, error: end.reason as unknown }] : [];
  });
  const bare = failures.find(({ error }) => isBug(error)) ?? failures.find(({ error }) => isConnectionLost(error));
  if (bare !== undefined) throw bare.error;
  const real = failures.flatMap(({ host, world, error }) =>
    error instanceof Error && !wasInterrupted(error, world.signal) ? [{ host, error }] : [],
  );
  throw real.length > 0 ? new HostsFailedError(real) : failures[0]?.error;
}

/** What is a bug is no host's failure. */
export function isBug(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof TypeError || error.message.startsWith("internal:");
}

/** An interruption is the user's, and no host's failure. */
export function wasInterrupted(error: Error, signal?: AbortSignal): boolean {
  return isInterruption(error, signal) || (error instanceof ApplyFailedError && error.outcome.failed.length === 0);
}

/** Whoever drives trials goes by this one, and it names its peer itself. */
function isConnectionLost(error: unknown): boolean {
  return isLost(error) || isDockerLost(error) || (error instanceof RpcError && error.kind === "closed");
}
