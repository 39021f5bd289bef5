import type { Lab } from "../lab/lab.ts";
import type { Budget, Obstacle } from "../plan/budget.ts";
import type { Reader } from "../provision/driver.ts";
import type { EmitApply } from "../provision/event.ts";
import type { TellWhy } from "./failure.ts";
import type { DrivenLab } from "./live.ts";

/** The host has not left what a plan needs. */
export class ObstacleError extends Error {
  readonly obstacles: readonly Obstacle[];
  constructor(obstacles: readonly Obstacle[]) {
    super(obstacles.map((obstacle) => `${obstacle.message}\n  = help: ${obstacle.help}`).join("\nerror: "));
    this.name = "ObstacleError";
    this.obstacles = obstacles;
  }
}

/** What was prepared, where the host has left all that it needs; throws {@link ObstacleError} otherwise. */
export function withoutObstacles<T extends { readonly budget: Budget }>(prepared: T): T {
  if (prepared.budget.obstacles.length > 0) throw new ObstacleError(prepared.budget.obstacles);
  return prepared;
}

/** What labs that are measured stand on: one host, or several that have a part of each. */
export interface Ground {
  readonly signal: AbortSignal;
  /** Of every host. */
  readonly readers: readonly Reader[];
  /** Labs that are up at the same time would be in each other's way, frozen or not: they share the addresses of their hosts' tunnels. */
  readonly oneAtATime: boolean;
  /** Names of the labs of which anything is there, on whatever host. */
  readonly present: () => Promise<readonly string[]>;
  /** Brings a lab to what it should be and connects to it; throws {@link ObstacleError} where a host has not left what that takes. */
  readonly bringUp: (lab: Lab, emit: EmitApply) => Promise<DrivenLab>;
  /** Connects anew to a lab that is up. */
  readonly reconnect: (lab: Lab) => Promise<DrivenLab>;
  /** Watches what a lab stands on, from before connections to it are opened, for whoever is to say why one ended. */
  readonly watch: (lab: Lab) => TellWhy;
  /** Freezes or thaws all of a lab. */
  readonly setPaused: (lab: Lab, paused: boolean) => Promise<void>;
  /** Freezes or thaws these NFs of a lab. */
  readonly setNfsPaused: (lab: Lab, nfs: readonly string[], paused: boolean) => Promise<void>;
  /** Freezes what runs of these labs, and says whether anything did. */
  readonly freezeRunning: (labs: readonly string[]) => Promise<boolean>;
  /** Copies a file of this machine into the directory of an NF, wherever that is. */
  readonly upload: (lab: Lab, nf: string, localPath: string, path: string) => Promise<void>;
  readonly destroy: (lab: string) => Promise<void>;
}
