import { DockerError } from "../host/docker-error.ts";
import { type Host, HostError } from "../host/host.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import type { Trial } from "../measure/trial.ts";
import type { Obstacle } from "../plan/budget.ts";
import { carryOut, destroyLab, lockHost, preparePlan } from "../provision/converge.ts";
import type { World } from "../provision/driver.ts";
import type { EmitApply } from "../provision/event.ts";
import { labNames } from "../provision/observe.ts";
import { measureCeiling } from "./ceiling.ts";
import { type LabControls, openLab } from "./live.ts";
import { startObserver } from "./observer.ts";
import { setPaused } from "./pause.ts";
import type { BedVersions, TestBed, TrialRequest } from "./test-bed.ts";
import { capturePath } from "./traffic.ts";
import { driveTrial } from "./trial.ts";

/** The host has not left what a plan needs. */
export class ObstacleError extends Error {
  readonly obstacles: readonly Obstacle[];
  constructor(obstacles: readonly Obstacle[]) {
    super(obstacles.map((obstacle) => `${obstacle.message}\n  = help: ${obstacle.help}`).join("\nerror: "));
    this.name = "ObstacleError";
    this.obstacles = obstacles;
  }
}

export interface RealBedOptions {
  readonly world: World;
  /** Read anew for each lab, since each takes huge pages. */
  readonly readFacts: () => Promise<HostFacts>;
  readonly emit: EmitApply;
  /** Told before a lab is brought up or removed to make room. */
  readonly onLab: (what: "bring-up" | "make-room", lab: Lab) => void;
}

interface OpenLab {
  readonly lab: Lab;
  readonly controls: LabControls;
  /** Was there before, so it is not ours to remove. */
  readonly found: boolean;
}

/**
 * The containers of this host as a test bed. Labs that are open share CPUs, so all but the one that is driven are frozen; where huge pages do not suffice
 * for all, the one that was driven longest ago is removed and brought up again when its turn comes. Closing the bed closes the connections; the labs
 * stay up, frozen if they took turns, for the caller to keep or remove.
 */
export class RealBed implements TestBed {
  readonly #options: RealBedOptions;
  /** Least recently driven first. */
  readonly #open = new Map<string, OpenLab>();
  readonly #ceilings = new Map<string, number | undefined>();
  #running: string | undefined;
  #stamp = 0;
  #versions: BedVersions = { ovs: undefined, dpdk: undefined };

  constructor(options: RealBedOptions) {
    this.#options = options;
  }

  readonly versions = (): BedVersions => this.#versions;

  async open(lab: Lab): Promise<void> {
    await this.#ready(lab);
  }

  async drive(lab: Lab, request: TrialRequest): Promise<Trial> {
    const { controls } = await this.#ready(lab);
    // Two stamps a trial: one for its warm-up. 0 is what a buffer holds that nobody stamped.
    this.#stamp = (this.#stamp + 2) % 65_000;
    await using _observer = request.observed === true ? startObserver(this.#options.world.reader) : undefined;
    return await driveTrial({ ...controls, lab }, request, this.#stamp + 1, this.#ceilings.get(ceilingKey(lab)));
  }

  async ceilingPps(lab: Lab): Promise<number | undefined> {
    const key = ceilingKey(lab);
    if (!this.#ceilings.has(key)) {
      const { controls } = await this.#ready(lab);
      const { world } = this.#options;
      this.#ceilings.set(key, await measureCeiling({ ...controls, lab }, world, world.signal));
    }
    return this.#ceilings.get(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#freezeLast();
    await Promise.all([...this.#open.values()].map(({ controls }) => controls[Symbol.asyncDispose]()));
  }

  /** Of labs that took turns the last is frozen like the others, where they stay: it must not keep CPUs that the next command wants for one of them. */
  async #freezeLast(): Promise<void> {
    const running = this.#running === undefined ? undefined : this.#open.get(this.#running);
    const { world } = this.#options;
    if (running === undefined || this.#open.size < 2) return;
    try {
      if ((await labNames(world.reader)).includes(running.lab.name)) await setPaused(world, running.lab, true);
    } catch (error) {
      // It may be half removed, or its NFs gone: there is nothing to freeze then.
      if (!(error instanceof DockerError)) throw error;
    }
  }

  /** Brings the lab up if it is not, and makes it the one that runs. */
  async #ready(lab: Lab): Promise<OpenLab> {
    const known = this.#open.get(lab.name);
    if (known !== undefined && this.#running === lab.name) return known;
    const { world } = this.#options;
    const running = this.#running === undefined ? undefined : this.#open.get(this.#running);
    if (running !== undefined) await setPaused(world, running.lab, true);
    this.#running = undefined;
    const opened = known ?? (await this.#bringUp(lab));
    await placeCapture(world.host, lab);
    if (known !== undefined) await setPaused(world, lab, false);
    this.#running = lab.name;
    this.#open.delete(lab.name);
    this.#open.set(lab.name, opened);
    return opened;
  }

  async #bringUp(lab: Lab): Promise<OpenLab> {
    const { world, readFacts, emit, onLab } = this.#options;
    const found = (await labNames(world.reader)).includes(lab.name);
    for (;;) {
      try {
        onLab("bring-up", lab);
        await using _host = await lockHost(lab.name);
        const { plan, budget } = await preparePlan(lab, world.reader, await readFacts());
        if (budget.obstacles.length > 0) throw new ObstacleError(budget.obstacles);
        const live = await carryOut(lab, plan, world, emit);
        const controls = await openLab(world.reader, lab, live);
        await this.#noteVersions(controls);
        return { lab, controls, found };
      } catch (error) {
        if (!(error instanceof ObstacleError) || !(await this.#makeRoom())) throw error;
      }
    }
  }

  /** Removes the lab of ours that was driven longest ago; false if there is none. */
  async #makeRoom(): Promise<boolean> {
    const oldest = [...this.#open.values()].find(({ found }) => !found);
    if (oldest === undefined) return false;
    const { world, onLab } = this.#options;
    onLab("make-room", oldest.lab);
    this.#open.delete(oldest.lab.name);
    await oldest.controls[Symbol.asyncDispose]();
    await destroyLab(oldest.lab.name, world, () => {});
    return true;
  }

  /** vswitchd gives `ovs-vswitchd (Open vSwitch) 3.1.0` and more lines on its control socket. */
  async #noteVersions({ switch: ovs, live }: LabControls): Promise<void> {
    const text = this.#versions.ovs === undefined ? await ovs?.control.command("version") : undefined;
    this.#versions = {
      ovs: this.#versions.ovs ?? /\d+\.\d+\.\d+/.exec(text ?? "")?.[0],
      dpdk: this.#versions.dpdk ?? [...live.nfs.values()][0]?.dpdk.replace(/^DPDK /, ""),
    };
  }
}

/** The frames that are replayed must be where the generator can read them: in its own directory. */
async function placeCapture(host: Host, lab: Lab): Promise<void> {
  const { pcap } = lab.traffic;
  if (pcap === undefined) return;
  for (const nf of lab.nfs.filter(({ app }) => app === "pktgen" || app === "stats")) {
    const copied = await host.run(["cp", "--remove-destination", "--", pcap, capturePath(nf)]);
    if (copied.exitCode !== 0) throw new HostError(host.name, `copy the capture ${pcap}`, copied.stderr.trim());
  }
}

/** The ceiling is that of a frame on a port: traffic that differs has another. */
function ceilingKey({ name, traffic }: Lab): string {
  const { ratePps: _rate, durationMs: _duration, warmupMs: _warmup, ...shape } = traffic;
  return JSON.stringify([name, shape]);
}
