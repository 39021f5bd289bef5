import { constants } from "node:os";
import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { dockerName } from "../lab/names.ts";
import type { SpecOf } from "../lab/resource.ts";
import type { ObservedOf, Problem } from "../plan/plan.ts";
import type { Reader, World } from "./driver.ts";
import { LABEL, specOf } from "./labels.ts";
import { isNotFound, isOnItsWayOut } from "./not-found.ts";
import { until } from "./until.ts";

/** An engine that is asked for much at once takes seconds for each container. */
const REMOVAL_TIMEOUT_MS = 30_000;

/** Containers of one kind (`nf`, `switch`) with the lab's label; `problemOfRunning` looks closer at one that runs. */
export function observeContainers<Kind extends "nf" | "switch">(
  kind: Kind,
  problemOfRunning: (container: Docker.ContainerInfo, spec: SpecOf<Kind> | undefined) => Problem | undefined = () =>
    undefined,
) {
  return async (reader: Reader, lab: string): Promise<readonly ObservedOf<Kind>[]> => {
    const containers = await reader.docker.containers(`${LABEL.lab}=${lab}`);
    const ours = containers.filter((container) => isOurs(container, kind, lab));
    return ours.map((container): ObservedOf<Kind> => {
      const spec = specOf<Kind>(container.Labels);
      return {
        kind,
        id: container.Labels[LABEL.resource] ?? "",
        lab,
        digest: container.Labels[LABEL.digest] ?? "",
        spec,
        problem: problemOf(container) ?? problemOfRunning(container, spec),
        inside: undefined,
        hugePages: Number(container.Labels[LABEL.hugePages] ?? 0),
      };
    });
  };
}

/**
 * Whether a container is the one that its labels speak of. An image can bring any labels with it, but not the container's name: one that says it is a part of a lab,
 * and is called otherwise or names another container, is somebody else's.
 */
function isOurs({ Labels, Names }: Docker.ContainerInfo, kind: "nf" | "switch", lab: string): boolean {
  const [labelled, part = ""] = (Labels[LABEL.resource] ?? "").split(":");
  const name = dockerName(lab, part);
  const spec = specOf<"nf" | "switch">(Labels);
  return labelled === kind && Names.includes(`/${name}`) && (spec === undefined || spec.container === name);
}

function problemOf(container: Docker.ContainerInfo): Problem | undefined {
  switch (container.State) {
    case "running":
      return undefined;
    case "paused":
      return { text: "is paused", repairable: true };
    case "created":
      return { text: "was made but never started", repairable: false };
    default:
      return { text: `does not run: ${container.Status}`, repairable: false };
  }
}

/** Where a container's control group is made. */
export function groupOf({ cgroupParent }: SpecOf<"nf" | "switch">): Pick<Docker.HostConfig, "CgroupParent"> {
  return cgroupParent === undefined ? {} : { CgroupParent: cgroupParent };
}

/** A character device of the host at the same place in a container. */
export function deviceMapping(path: string) {
  return { PathOnHost: path, PathInContainer: path, CgroupPermissions: "rwm" };
}

/** VFIO locks all memory that a card may write to, which is more than a container may lock by itself. */
export function lockedMemory(devices: readonly string[] | undefined): Pick<Docker.HostConfig, "Ulimits"> {
  return devices === undefined ? {} : { Ulimits: [{ Name: "memlock", Soft: -1, Hard: -1 }] };
}

/** Starts a container that was just created; on failure the engine's own words tell why. */
export async function createAndStart(
  world: World,
  options: Docker.ContainerCreateOptions,
  beforeStart?: (container: Docker.Container) => Promise<void>,
): Promise<void> {
  const container = await attempt(`create container ${options.name}`, world.docker.createContainer(options));
  await beforeStart?.(container);
  await attempt(`start container ${options.name}`, container.start());
}

/** Lets a paused container go on. */
export async function resume(world: World, name: string): Promise<void> {
  await attempt(`unpause container ${name}`, world.docker.getContainer(name).unpause());
}

/** Kills and removes; a container that is gone is fine, and one that is on its way out is waited for. */
export async function removeContainer(world: World, name: string): Promise<void> {
  const container = world.docker.getContainer(name);
  const remove = async (): Promise<true | undefined> => {
    try {
      // A paused container cannot take a signal; killing it is all that is left. Nothing in a lab's container is worth saving.
      await attempt(`remove container ${name}`, container.remove({ force: true, v: true }));
      return true;
    } catch (error) {
      if (isOnItsWayOut(error)) return undefined;
      if (!isNotFound(error)) throw error;
      return true;
    }
  };
  // The first try is made even where the command is being interrupted.
  if ((await remove()) === true) return;
  const what = `the removal of container ${name}, which the engine is at,`;
  await until(remove, { what, timeoutMs: REMOVAL_TIMEOUT_MS, signal: world.signal, intervalMs: 100 });
}

/** What the engine says of a container that has ended. */
type Ending = Pick<Docker.ContainerInspectInfo["State"], "ExitCode"> & { readonly OOMKilled?: boolean };

/** The container has ended: how, and the last of what it printed. */
export class ContainerExitedError extends Error {
  constructor(name: string, ending: Ending, log: string) {
    super(`container ${name} ${endOf(ending, log)}`);
    this.name = "ContainerExitedError";
  }
}

/** The engine's exit code of a process that a signal ended is the signal's number above this (signal(7)). */
const SIGNALLED = 128;

function endOf({ ExitCode: code, OOMKilled: outOfMemory }: Ending, log: string): string {
  if (outOfMemory === true && code !== 0) return "ran out of memory: the kernel ended it";
  if (code === SIGNALLED + constants.signals.SIGKILL) return "was killed (SIGKILL)";
  const [signal] = Object.entries(constants.signals).find(([, number]) => code === SIGNALLED + number) ?? [];
  // Behind a bar no line of it can pass for one of ours, or for a command to a CI system.
  const shown = log === "" ? "" : `; the last it printed:\n${log.replaceAll(/^/gm, "  | ")}`;
  return `exited with code ${code}${signal === undefined ? "" : ` (${signal})`}${shown}`;
}

/** Throws if the container no longer runs: what every wait for a container's readiness checks beside its own condition. */
export async function throwIfExited(world: Pick<World, "docker">, name: string): Promise<void> {
  const container = world.docker.getContainer(name);
  const { State: state } = await attempt(`inspect container ${name}`, container.inspect());
  if (state.Running) return;
  throw new ContainerExitedError(name, state, await lastLines(container, 15));
}

/** What became of a container, in words that go on after it; `undefined` if it runs. Throws what kept the engine from being asked. */
export async function fateOf(
  { docker, signal }: Pick<World, "docker" | "signal">,
  name: string,
): Promise<string | undefined> {
  const container = docker.getContainer(name);
  try {
    const { State: state } = await attempt(`inspect container ${name}`, container.inspect(), { signal });
    if (state.Paused) return "is paused";
    if (state.Running) return undefined;
    return endOf(state, await lastLines(container, 8).catch(() => ""));
  } catch (error) {
    if (isNotFound(error)) return "was removed";
    throw error;
  }
}

/** Process id of the container's first process as the host sees it; 0 if it does not run. */
export async function pidOf(container: string, world: Pick<World, "docker">): Promise<number> {
  const { State } = await attempt(`inspect container ${container}`, world.docker.getContainer(container).inspect());
  return State.Pid;
}

/** The end of a container's output, both streams in order, without what would steer a terminal. */
export async function lastLines(container: Docker.Container, lines: number): Promise<string> {
  const raw = await attempt("read a container's log", container.logs({ stdout: true, stderr: true, tail: lines }));
  return demultiplex(raw).replaceAll(/\r\n/g, "\n").replaceAll(STEERING, "\ufffd").trim();
}

/** Control characters but line ends and tabs, and those that turn the direction of writing. */
const STEERING = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu;

/** Takes the 8-byte frame headers out of a log of a container without a terminal (Docker Engine API, "Stream format"). */
function demultiplex(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}
