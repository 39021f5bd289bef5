import type Docker from "dockerode";
import type { DockerFacts, ImageFacts, SwarmFacts } from "../lab/host-facts.ts";
import { attempt, dockerClient } from "./docker.ts";
import { DockerError } from "./docker-error.ts";
import { type Host, HostError } from "./host.ts";

const ANSWER_TIMEOUT_MS = 5_000;

/** Label of a swarm that corebed started, so that it ends with the last lab that holds it. */
export const SWARM_STARTED = "corebed.swarm";

/** Is there an engine, and does it answer? A machine with nothing but the `docker` command has none. */
export async function readDockerFacts(host: Host): Promise<DockerFacts> {
  try {
    const docker = dockerClient(host);
    const [answer, swarm] = await Promise.all([
      attempt("ask for the version", () => docker.version(), { timeoutMs: ANSWER_TIMEOUT_MS }),
      readSwarmFacts(docker),
    ]);
    return { state: "running", version: answer.Version, apiVersion: answer.ApiVersion, swarm };
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    const state = isRefusedToUser(error) ? "running" : (await isEngineInstalled(host)) ? "stopped" : "missing";
    return { state, version: undefined, apiVersion: undefined };
  }
}

async function readSwarmFacts(docker: Docker): Promise<SwarmFacts> {
  const { Swarm } = await attempt("ask for its state", () => docker.info(), { timeoutMs: ANSWER_TIMEOUT_MS });
  const state = String(Swarm?.LocalNodeState || "inactive");
  const manager = Swarm?.ControlAvailable === true;
  if (state !== "active" || !manager) return { state, manager, ours: false };
  const { Spec } = await attempt("look at the swarm", () => docker.swarmInspect(), { timeoutMs: ANSWER_TIMEOUT_MS });
  return { state, manager, ours: Spec?.Labels?.[SWARM_STARTED] !== undefined };
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
