import { setTimeout as delay } from "node:timers/promises";
import { DockerError } from "../host/docker-error.ts";
import { HostError, isLost, LOST } from "../host/host.ts";
import type { Lab } from "../lab/lab.ts";
import { fateOf } from "../provision/container.ts";
import type { World } from "../provision/driver.ts";
import { RpcError } from "../rpc/rpc-error.ts";

/** A host with what is on it of a lab. */
export interface Place {
  /** Its name in the file; undefined of a lab on one host. */
  readonly host: string | undefined;
  readonly lab: Lab;
  readonly world: Pick<World, "docker" | "signal"> & { readonly host: Pick<World["host"], "name" | "losses"> };
}

/** Makes of an error that ended a trial one that says why: a `HostError` that is lost (`isLost`) where the connection to a host was. */
export type TellWhy = (error: unknown) => Promise<unknown>;

/**
 * Watches the connections to the hosts of a lab from now on. An NF that died and a connection that was lost end calls in the same way: which it was the engine and
 * the connection know.
 */
export function watchPlaces(places: readonly Place[]): TellWhy {
  const lossesOf = ({ world: { host } }: Place): number => host.losses?.() ?? 0;
  const before = places.map(lossesOf);
  const lost = (): Place | undefined => places.find((place, i) => lossesOf(place) > (before[i] ?? 0));
  return async (error) => {
    if (!isOfConnection(error)) return error;
    const told = lost() === undefined ? await withCause(error, places, () => lost() !== undefined) : error;
    // Looked at again when the engine was asked, over the same connection: by then a loss has been noticed.
    const host = lost()?.world.host.name;
    return host === undefined ? told : new HostError(host, "drive a trial", LOST, { cause: error });
  };
}

/** Whether something may have failed since a connection ended, or nobody answered at its other end. */
function isOfConnection(error: unknown): error is RpcError | HostError | DockerError {
  if (error instanceof RpcError) return error.kind === "closed" || error.kind === "timeout";
  return error instanceof HostError || error instanceof DockerError;
}

/** A container of a lab, with how to speak of it and of what in it is called. */
interface Suspect {
  readonly world: Place["world"];
  readonly container: string;
  /** `its container`, after the name of an NF. */
  readonly words: string;
  /** By the name that the other end has in errors, what to call it there. */
  readonly peers: ReadonlyMap<string, string>;
  /** Whether a socket is one that it listens on. */
  readonly listensOn: (path: string) => boolean;
}

/** A process ends before the engine says so of its container. */
const NOTICED_MS = 2_000;
const LOOK_MS = 200;

/** The error with what became of the container behind it: as it is where nothing did, or nobody can tell. */
async function withCause(
  error: RpcError | HostError | DockerError,
  places: readonly Place[],
  isCut: () => boolean,
): Promise<unknown> {
  if (error instanceof DockerError) return isLost(error.cause) ? error.cause : error;
  if (isLost(error) || places.some(({ world }) => world.signal.aborted)) return error;
  try {
    const cause = await causeOf(error, places, isCut);
    return cause === undefined ? error : extended(error, cause);
  } catch (asking) {
    if (!(asking instanceof DockerError)) throw asking;
    if (isLost(asking.cause)) return asking.cause;
    // What it refuses to tell is as good as nothing.
    return asking.statusCode === undefined
      ? extended(error, "the Docker engine, which would know why, does not answer")
      : error;
  }
}

function extended(error: RpcError | HostError, cause: string): RpcError | HostError {
  if (error instanceof HostError) {
    return new HostError(error.host, error.attempted, `${error.reason}: ${cause}`, { cause: error });
  }
  const { kind, method, peer } = error;
  const detail = error.message.slice(`${peer}: ${method}: `.length);
  return new RpcError({ kind, method, peer, detail: `${detail}: ${cause}`, cause: error });
}

async function causeOf(
  error: RpcError | HostError,
  places: readonly Place[],
  isCut: () => boolean,
): Promise<string | undefined> {
  const isTimeout = error instanceof RpcError && error.kind === "timeout";
  const suspects = places.flatMap(containersOf).filter((suspect) => isAbout(error, suspect));
  const deadline = performance.now() + (isTimeout || suspects.length === 0 ? 0 : NOTICED_MS);
  for (;;) {
    const fates = await Promise.all(suspects.map(({ world, container }) => fateOf(world, container)));
    const found = fates.findIndex((fate) => fate !== undefined);
    if (found !== -1) return `${suspects[found]?.words} ${fates[found]}`;
    if (performance.now() >= deadline || isCut()) break;
    await delay(LOOK_MS);
  }
  const [only, ...others] = suspects;
  // Which host's switch it was is not known where all of them run.
  if (only === undefined || others.length > 0 || error instanceof HostError) return undefined;
  return `${only.words} runs${isTimeout ? `, but ${only.peers.get(error.peer)} does not answer` : ""}`;
}

function isAbout(error: RpcError | HostError, { world, peers, listensOn }: Suspect): boolean {
  if (error instanceof RpcError) return peers.has(error.peer);
  const socket = /^connect to (.*)$/s.exec(error.attempted)?.[1];
  return error.host === world.host.name && socket !== undefined && listensOn(socket);
}

function containersOf({ host, lab: { nfs, switch: sw }, world }: Place): readonly Suspect[] {
  const ofNfs = nfs.map(
    ({ name, container, controlSocket }): Suspect => ({
      world,
      container,
      words: "its container",
      peers: new Map([[`NF ${name}`, "the NF"]]),
      listensOn: (path) => path === controlSocket,
    }),
  );
  if (sw?.mode !== "container") return ofNfs;
  const { container, directory, bridge } = sw;
  const ofSwitch: Suspect = {
    world,
    container,
    words: `the container of the switch${host === undefined ? "" : ` on host ${host}`}`,
    peers: new Map([
      [`bridge ${bridge}`, "ovs-vswitchd"],
      [`ovs-vswitchd in ${directory}`, "ovs-vswitchd"],
      [`OVSDB in ${directory}`, "its database"],
    ]),
    listensOn: (path) => path.startsWith(`${directory}/`),
  };
  return [...ofNfs, ofSwitch];
}
