import type Docker from "dockerode";
import type { Host } from "../host/host.ts";
import type { TokenBucket } from "../host/parse/qdiscs.ts";
import type { Survey, SurveyRequest } from "../host/survey.ts";
import type { Resource, ResourceKind } from "../lab/resource.ts";
import type { Observed, ObservedOf } from "../plan/plan.ts";
import type { OvsLinks } from "./ovs-links.ts";
import type { SwarmState } from "./swarm-state.ts";

/** The calls of a host that change nothing. */
export interface HostReader extends Pick<Host, "name" | "read" | "list" | "connect"> {
  /** As `Host.survey`, without commands. */
  survey(request: Omit<SurveyRequest, "commands">): Promise<Survey>;
}

/** The calls of the Docker engine that change nothing. */
export interface DockerReader {
  /** Containers with this label, running or not. */
  containers(label: string): Promise<readonly Docker.ContainerInfo[]>;
  inspect(container: string): Promise<Docker.ContainerInspectInfo>;
  networks(label: string): Promise<readonly Docker.NetworkInspectInfo[]>;
  /** What the engine says of itself. */
  engine(): Promise<{ readonly hostname: string; readonly managesSwarm: boolean }>;
  /** The swarm that the engine is a manager of, if it is. */
  swarm(): Promise<SwarmState | undefined>;
}

/** What an observer may use: there is no call in it that changes anything, so `plan` cannot. */
export interface Reader {
  readonly host: HostReader;
  readonly docker: DockerReader;
  /** The token buckets on the interfaces of a process' network namespace. */
  readonly tokenBuckets: (pid: number) => Promise<readonly TokenBucket[]>;
}

/** What a driver may use. */
export interface World {
  readonly host: Host;
  readonly docker: Docker;
  readonly reader: Reader;
  /** To switches. */
  readonly links: OvsLinks;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Waits for what another host of the lab makes; absent where a lab is on one. */
  readonly elsewhere?: (id: string) => Promise<void>;
}

/** Sees the resources of one kind that carry a lab's mark. */
export type Observe = (reader: Reader, lab: string) => Promise<readonly Observed[]>;

/** Makes, changes and removes resources of one kind. Every call may be repeated: what is done already is not an error. */
export interface Driver<Kind extends ResourceKind = ResourceKind> {
  readonly create: (world: World, resource: Extract<Resource, { kind: Kind }>) => Promise<void>;
  /** Brings the existing resource to the spec; only for kinds that the planner updates or repairs. */
  readonly update: (
    world: World,
    resource: Extract<Resource, { kind: Kind }>,
    observed: ObservedOf<Kind>,
  ) => Promise<void>;
  readonly delete: (world: World, observed: ObservedOf<Kind>) => Promise<void>;
  /**
   * The last steps of making it, where those cannot be seen from outside: a command that was killed before them, or a container that was started again since,
   * would pass for finished. Repeated for whatever a plan keeps.
   */
  readonly settle?: (world: World, resource: Extract<Resource, { kind: Kind }>) => Promise<void>;
}
