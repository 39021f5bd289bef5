import { disposeAll } from "../host/dispose-all.ts";
import { DockerError } from "../host/docker-error.ts";
import { HostError, isLost } from "../host/host.ts";
import type { Lab } from "../lab/lab.ts";
import type { Trial } from "../measure/trial.ts";
import type { EmitApply } from "../provision/event.ts";
import { HostsFailedError } from "../provision/worlds.ts";
import { measureCeiling } from "./ceiling.ts";
import type { TellWhy } from "./failure.ts";
import { type Ground, ObstacleError } from "./ground.ts";
import { type DrivenLab, type LabControls, withTraffic } from "./live.ts";
import { startObserver } from "./observer.ts";
import type { BedVersions, TestBed, TrialRequest } from "./test-bed.ts";
import { capturePath, stopGenerators } from "./traffic.ts";
import { driveTrial } from "./trial.ts";

/** What a host may answer where a lab is to be frozen. */
const FREEZE_ERRORS = [DockerError, HostError, HostsFailedError];

/** What a bed tells of a lab. */
export type LabMoment = "bring-up" | "make-room" | "cut";

export interface RealBedOptions {
  readonly ground: Ground;
  readonly emit: EmitApply;
  /** Told before a lab is brought up or removed to make room, and when the connection to its host was lost during a trial, which is driven again. */
  readonly onLab: (what: LabMoment, lab: Lab) => void;
  /** All that take turns here, which the caller keeps other commands off. */
  readonly labs: readonly Lab[];
}

interface OpenLab {
  readonly lab: Lab;
  readonly driven: DrivenLab;
  /** Was there before, so it is not ours to remove. */
  readonly found: boolean;
}

/**
 * The containers of a host, or of several, as a test bed. Labs that are open share CPUs, so all but the one that is driven are frozen; where huge pages do not suffice
 * for all, the one that was driven longest ago is removed and brought up again when its turn comes. Closing the bed closes the connections; the labs
 * stay up, frozen if they took turns, for the caller to keep or remove.
 */
export class RealBed implements TestBed {
  readonly #options: RealBedOptions;
  /** Least recently driven first. */
  readonly #open = new Map<string, OpenLab>();
  readonly #ceilings = new Map<string, number | undefined>();
  #running: string | undefined;
  /** The connection to a host was lost once, which is made good; and the labs to which connections are to be opened anew. */
  #wasCut = false;
  readonly #cut = new Set<string>();
  /** By lab, since before connections to it were opened. */
  readonly #watches = new Map<string, TellWhy>();
  #stamp = 0;
  #versions: BedVersions = { ovs: undefined, dpdk: undefined };

  constructor(options: RealBedOptions) {
    this.#options = options;
  }

  readonly versions = (): BedVersions => this.#versions;

  async open(lab: Lab): Promise<void> {
    this.#watch(lab);
    await this.#ready(lab);
  }

  /** A trial during which the connection to another machine goes is void. It is driven once more when the connection is there again; the second time ends it. */
  async drive(lab: Lab, request: TrialRequest): Promise<Trial> {
    const driven = (): Promise<Trial> => this.#telling(lab, () => this.#drive(lab, request));
    try {
      return await driven();
    } catch (error) {
      if (this.#wasCut || !isLost(error)) throw error;
      this.#wasCut = true;
      this.#options.onLab("cut", lab);
      // What is open to the others went as well.
      for (const { lab: other } of this.#open.values()) this.#cut.add(other.name);
      this.#watches.clear();
      return await driven();
    }
  }

  /** What goes wrong with a lab is told with what was behind it. */
  async #telling<T>(lab: Lab, action: () => Promise<T>): Promise<T> {
    const tellWhy = this.#watch(lab);
    try {
      return await action();
    } catch (error) {
      throw await tellWhy(error);
    }
  }

  /** One for as long as the connections to the lab are the same. */
  #watch(lab: Lab): TellWhy {
    const known = this.#watches.get(lab.name) ?? this.#options.ground.watch(lab);
    this.#watches.set(lab.name, known);
    return known;
  }

  async #drive(lab: Lab, request: TrialRequest): Promise<Trial> {
    const { driven } = await this.#ready(lab);
    // Two stamps a trial: one for its warm-up. 0 is what a buffer holds that nobody stamped.
    this.#stamp = (this.#stamp + 2) % 65_000;
    const { readers } = this.#options.ground;
    await using _observers = disposeAll(request.observed === true ? readers.map(startObserver) : []);
    return await driveTrial(withTraffic(driven, lab), request, this.#stamp + 1, this.#ceilings.get(ceilingKey(lab)));
  }

  async ceilingPps(lab: Lab): Promise<number | undefined> {
    const key = ceilingKey(lab);
    if (!this.#ceilings.has(key)) {
      const measure = async () => {
        const { driven } = await this.#ready(lab);
        return await measureCeiling(withTraffic(driven, lab), this.#options.ground);
      };
      this.#ceilings.set(key, await this.#telling(lab, measure));
    }
    return this.#ceilings.get(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#freezeLast();
    await Promise.all([...this.#open.values()].map(({ driven }) => driven[Symbol.asyncDispose]()));
  }

  /** Of labs that took turns the last is frozen like the others, where they stay: it must not keep CPUs that the next command wants for one of them. */
  async #freezeLast(): Promise<void> {
    const running = this.#running === undefined ? undefined : this.#open.get(this.#running);
    const { ground } = this.#options;
    if (running === undefined || this.#open.size < 2) return;
    try {
      if ((await ground.present()).includes(running.lab.name)) await ground.setPaused(running.lab, true);
    } catch (error) {
      // It may be half removed, its NFs gone, or its host out of reach: there is nothing to freeze then.
      if (!FREEZE_ERRORS.some((kind) => error instanceof kind)) throw error;
    }
  }

  /** Brings the lab up if it is not, and makes it the one that runs. */
  async #ready(lab: Lab): Promise<OpenLab> {
    const known = this.#open.get(lab.name);
    if (known !== undefined && this.#running === lab.name) return await this.#connected(known);
    const { ground } = this.#options;
    const running = this.#running === undefined ? undefined : this.#open.get(this.#running);
    if (running !== undefined) await ground.setPaused(running.lab, true);
    this.#running = undefined;
    const opened = known ?? (await this.#bringUp(lab));
    await placeCapture(ground, lab);
    if (known !== undefined) await ground.setPaused(lab, false);
    this.#running = lab.name;
    this.#open.delete(lab.name);
    this.#open.set(lab.name, opened);
    return await this.#connected(opened);
  }

  /** With connections that stand. A generator that was sending when they went has sent ever since. */
  async #connected(opened: OpenLab): Promise<OpenLab> {
    const { lab } = opened;
    if (!this.#cut.has(lab.name)) return opened;
    await opened.driven[Symbol.asyncDispose]();
    const driven = await this.#options.ground.reconnect(lab);
    const again = { ...opened, driven };
    this.#open.set(lab.name, again);
    this.#cut.delete(lab.name);
    await stopGenerators(driven);
    return again;
  }

  async #bringUp(lab: Lab): Promise<OpenLab> {
    const { ground, emit, onLab } = this.#options;
    const found = (await ground.present()).includes(lab.name);
    // Two cannot have one tunnel address; one that was there before is not this bed's to remove, and the plan tells that it is in the way.
    while (ground.oneAtATime && (await this.#makeRoom()));
    for (;;) {
      try {
        onLab("bring-up", lab);
        const driven = await ground.bringUp(lab, emit);
        await this.#noteVersions(driven);
        return { lab, driven, found };
      } catch (error) {
        if (!(error instanceof ObstacleError)) throw error;
        if (!(await this.#freezeOthers(lab)) && !(await this.#makeRoom())) throw error;
      }
    }
  }

  /** Freezes labs of ours that were found running, as a killed command leaves the one that it measured; false if there is none. */
  async #freezeOthers(lab: Lab): Promise<boolean> {
    const { ground, labs } = this.#options;
    const others = labs.map(({ name }) => name).filter((name) => name !== lab.name && !this.#open.has(name));
    return await ground.freezeRunning(others);
  }

  /** Removes the lab of ours that was driven longest ago; false if there is none. */
  async #makeRoom(): Promise<boolean> {
    const oldest = [...this.#open.values()].find(({ found }) => !found);
    if (oldest === undefined) return false;
    const { ground, onLab } = this.#options;
    onLab("make-room", oldest.lab);
    this.#open.delete(oldest.lab.name);
    this.#watches.delete(oldest.lab.name);
    await oldest.driven[Symbol.asyncDispose]();
    await ground.destroy(oldest.lab.name);
    return true;
  }

  async #noteVersions({ hosts }: DrivenLab): Promise<void> {
    const known = this.#versions;
    const each = await Promise.all(
      hosts.map(async ({ host, controls }) => ({ host, ...(await versionsOf(controls)) })),
    );
    const named = each.flatMap(({ host, ...own }) => (host === undefined ? [] : [[host, own] as const]));
    this.#versions = {
      ovs: known.ovs ?? each.find(({ ovs }) => ovs !== undefined)?.ovs,
      dpdk: known.dpdk ?? each.find(({ dpdk }) => dpdk !== undefined)?.dpdk,
      ...(named.length > 0 && { hosts: new Map(named) }),
    };
  }
}

/** vswitchd gives `ovs-vswitchd (Open vSwitch) 3.1.0` and more lines on its control socket. */
async function versionsOf({ switch: ovs, live }: LabControls): Promise<Pick<BedVersions, "ovs" | "dpdk">> {
  const text = await ovs?.control.command("version");
  return {
    ovs: /\d+\.\d+\.\d+/.exec(text ?? "")?.[0],
    dpdk: [...live.nfs.values()][0]?.dpdk.replace(/^DPDK /, ""),
  };
}

/** The frames that are replayed must be where the generator can read them: in its own directory. */
async function placeCapture(ground: Ground, lab: Lab): Promise<void> {
  const { pcap } = lab.traffic;
  if (pcap === undefined) return;
  for (const nf of lab.nfs.filter(({ app }) => app === "pktgen" || app === "stats")) {
    await ground.upload(lab, nf.name, pcap, capturePath(nf));
  }
}

/** The ceiling is that of a frame on a port: traffic that differs has another. */
function ceilingKey({ name, traffic }: Lab): string {
  const { ratePps: _rate, durationMs: _duration, warmupMs: _warmup, ...shape } = traffic;
  return JSON.stringify([name, shape]);
}
