import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { DockerError } from "../host/docker-error.ts";
import { SWARM_STARTED } from "../host/docker-facts.ts";

/** Marks of corebed's in the labels of a swarm. */
export const SWARM_MARK = {
  /** corebed started it, so it ends with the last lab that holds it. */
  started: SWARM_STARTED,
  /** With a lab's name behind it: this lab holds the swarm; its value is the digest of the lab's resource. */
  holder: "corebed.swarm.lab.",
  /** The network that a swarm's containers reach the world by was there before, and stays. */
  keepsGateway: "corebed.swarm.keeps-gateway",
} as const;

/** What a manager knows of its swarm. */
export interface SwarmState {
  /** Counts the changes; a change to another version than this is refused. */
  readonly version: number;
  /** All that there is to change, labels included, as Docker keeps it. */
  readonly spec: { readonly Labels?: Readonly<Record<string, string>> | null };
  readonly labels: Readonly<Record<string, string>>;
}

/** The swarm that this engine is a manager of; undefined where it is none. */
export async function readSwarm(docker: Docker): Promise<SwarmState | undefined> {
  try {
    const found = await attempt("look at the swarm", docker.swarmInspect());
    return { version: found.Version.Index, spec: found.Spec, labels: found.Spec.Labels ?? {} };
  } catch (error) {
    // What Docker answers without a swarm, or where it is no manager.
    if (error instanceof DockerError && (error.statusCode === 503 || error.statusCode === 406)) return undefined;
    throw error;
  }
}

/** Labs that hold the swarm. */
export function swarmHolders(labels: SwarmState["labels"]): readonly string[] {
  return Object.keys(labels)
    .filter((label) => label.startsWith(SWARM_MARK.holder))
    .map((label) => label.slice(SWARM_MARK.holder.length));
}
