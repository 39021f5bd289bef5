import type Docker from "dockerode";
import type { DockerFacts, ImageFacts, SwarmFacts } from "../lab/host-facts.ts";
import { attempt, dockerClient } from "./docker.ts";
import { DockerError } from "./docker-error.ts";
import { type Host, HostError } from "./host.ts";

/** As long as any call that a person waits for: an engine that is at work on a loaded machine takes seconds. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Label of a swarm that corebed started, so that it ends with the last lab that holds it. */
export const SWARM_STARTED = "corebed.swarm";

/** Is there an engine, and does it answer? A machine with nothing but the `docker` command has none. */
export async function readDockerFacts(host: Host, answerTimeoutMs: number = ANSWER_TIMEOUT_MS): Promise<DockerFacts> {
  try {
    const docker = dockerClient(host);
    const [answer, info] = await Promise.all([
      attempt("ask for the version", () => docker.version(), { timeoutMs: answerTimeoutMs }),
      attempt("ask for its state", () => docker.info() as Promise<EngineInfo>, { timeoutMs: answerTimeoutMs }),
    ]);
    const swarm = await readSwarmFacts(docker, info.Swarm, answerTimeoutMs);
    const cgroupDriver = CGROUP_DRIVERS.find((driver) => driver === info.CgroupDriver);
    return {
      state: "running",
      version: answer.Version,
      apiVersion: answer.ApiVersion,
      ...(cgroupDriver !== undefined && { cgroupDriver }),
      swarm,
    };
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    return { state: await stateBehind(error, host), version: undefined, apiVersion: undefined };
  }
}

/** What an engine is that could not be asked. */
async function stateBehind(error: DockerError, host: Host): Promise<DockerFacts["state"]> {
  if (isRefusedToUser(error)) return "running";
  if (error.timedOut) return "silent";
  return (await isEngineInstalled(host)) ? "stopped" : "missing";
}

const CGROUP_DRIVERS = ["cgroupfs", "systemd"] as const;

/** What an engine tells of itself (`GET /info`). */
interface EngineInfo {
  readonly CgroupDriver?: string;
  readonly Swarm?: SwarmInfo;
}

interface SwarmInfo {
  readonly LocalNodeState?: string;
  readonly ControlAvailable?: boolean;
  readonly NodeAddr?: string;
  readonly RemoteManagers?: readonly { readonly NodeID: string }[] | null;
}

async function readSwarmFacts(docker: Docker, swarm: SwarmInfo | undefined, timeoutMs: number): Promise<SwarmFacts> {
  const state = String(swarm?.LocalNodeState || "inactive");
  const manager = swarm?.ControlAvailable === true;
  const known = {
    ...(swarm?.NodeAddr && { address: swarm.NodeAddr }),
    ...(swarm?.RemoteManagers && { managers: swarm.RemoteManagers.map(({ NodeID }) => NodeID) }),
  };
  if (state !== "active" || !manager) return { state, manager, ours: false, ...known };
  const { Spec } = await attempt("look at the swarm", () => docker.swarmInspect(), { timeoutMs });
  return { state, manager, ours: Spec?.Labels?.[SWARM_STARTED] !== undefined, ...known };
}

/** Is `dockerd` there? */
export async function isEngineInstalled(host: Host): Promise<boolean> {
  try {
    return (await host.run(["dockerd", "--version"], { timeoutMs: 10_000 })).exitCode === 0;
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/** Which of these images the engine has; none if it does not run. */
export async function readImageFacts(
  host: Host,
  images: readonly Pick<ImageFacts, "name" | "reference">[],
): Promise<readonly ImageFacts[]> {
  if (images.length === 0) return [];
  let tags: ReadonlySet<string>;
  try {
    const docker = dockerClient(host);
    const found = await attempt("list images", () => docker.listImages(), { timeoutMs: ANSWER_TIMEOUT_MS });
    tags = new Set(found.flatMap(({ RepoTags }) => RepoTags ?? []));
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    tags = new Set();
  }
  return images.map(({ name, reference }) => ({ name, reference, present: tags.has(reference) }));
}

/** The socket is there and belongs to others: the engine may well run. */
function isRefusedToUser(error: DockerError): boolean {
  return error.cause instanceof HostError && error.cause.reason === "permission denied";
}
