import type { Lab } from "../lab/lab.ts";
import type { Trial } from "../measure/trial.ts";

/** What a trial is asked to be. */
export interface TrialRequest {
  /** Place among all trials of the run, from 0. */
  readonly index: number;
  /** Name of the arm that the trial belongs to. */
  readonly arm: string;
  /** Round of turns that it belongs to, from 0. */
  readonly round: number;
  /** What it is for, as `Trial.purpose`. */
  readonly purpose: string;
  /** Packets per second offered to each chain and direction; undefined: as many as the first port takes. */
  readonly ratePps: number | undefined;
  readonly durationMs: number;
  /** Send this many packets back to back and then stop, however long that takes (RFC 9004); undefined: send for the duration. */
  readonly packets?: number;
  /** Scrape the lab once a second during the trial. */
  readonly observed?: boolean;
  /** Index of the disturbed trial that this one repeats. */
  readonly repeatOf?: number;
  /** An abort ends the trial early: it comes back marked incomplete. */
  readonly signal: AbortSignal;
}

/** Versions of what carried the packets. */
export interface BedVersions {
  readonly ovs: string | undefined;
  readonly dpdk: string | undefined;
  /** Of each host, by its name, of a lab that is on several; absent otherwise. */
  readonly hosts?: ReadonlyMap<string, Pick<BedVersions, "ovs" | "dpdk">>;
}

/**
 * Where trials run: the containers of this host, or a model of them. The methods of measurement know nothing else of the world. Several labs may be open;
 * one is driven at a time.
 */
export interface TestBed extends AsyncDisposable {
  /** Makes a lab ready to be driven, and asks first what it takes; labs that share the CPUs wait meanwhile. */
  open(lab: Lab): Promise<void>;
  /** Drives one trial on an open lab, with the lab's traffic at the rate of the request. */
  drive(lab: Lab, request: TrialRequest): Promise<Trial>;
  /** What each of the lab's generators can send by itself while all of them do; undefined where that cannot be known. Measured once. */
  ceilingPps(lab: Lab): Promise<number | undefined>;
  readonly versions: () => BedVersions;
}
