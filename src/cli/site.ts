import type { HostFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { destroyLab } from "../provision/converge.ts";
import type { EmitApply } from "../provision/event.ts";
import { labNames } from "../provision/observe.ts";
import { RealBed } from "../run/real-bed.ts";
import type { TestBed } from "../run/test-bed.ts";
import type { HostOption } from "./host-option.ts";
import { requireRoot } from "./root.ts";
import { lockLabs, openSession, readyFacts } from "./session.ts";
import { simulatedSite } from "./simulated-site.ts";

/** Where labs are measured: this host, or a model of one. */
export interface Site {
  /** Every output has to say so. */
  readonly simulated: boolean;
  /** For commands that are recommended, and to tell another machine from this one: the `--host` that was given, with a blank before it. */
  readonly hostSuffix: string;
  /** Set off by Ctrl-C. */
  readonly signal: AbortSignal;
  /** What the host is; ends the command if it is not ready to run labs. */
  readonly readFacts: () => Promise<HostFacts>;
  /** Keeps other commands off these labs. */
  readonly lock: (labs: readonly string[], command: string) => Promise<AsyncDisposable>;
  readonly openBed: (options: BedOptions) => TestBed;
  /** Names of the labs of which anything is there. */
  readonly present: () => Promise<readonly string[]>;
  readonly destroy: (lab: string) => Promise<void>;
}

export interface BedOptions {
  readonly emit: EmitApply;
  /** Told before a lab is brought up, or removed to make room for another. */
  readonly onLab: (what: "bring-up" | "make-room", lab: Lab) => void;
}

/** The site that the command line asks for; one that changes the host needs root. `signal` stands in for that of Ctrl-C. */
export async function siteOf(
  options: HostOption & { readonly simulate?: boolean },
  seed: number,
  signal?: AbortSignal,
): Promise<Site> {
  if (options.simulate === true) return simulatedSite(seed, signal);
  await requireRoot(options);
  return hostSite(signal, options);
}

/** This host, or the one that the options name. */
export function hostSite(signal?: AbortSignal, options: HostOption = {}): Site {
  const session = openSession(options, signal);
  const { world } = session;
  return {
    simulated: false,
    hostSuffix: session.hostSuffix,
    signal: world.signal,
    readFacts: () => readyFacts(session),
    lock: (labs, command) => lockLabs(world.host, labs, command),
    openBed: (options) => new RealBed({ world, readFacts: () => session.readFacts("quick"), ...options }),
    present: () => labNames(world.reader),
    destroy: async (lab) => {
      await destroyLab(lab, world, () => {});
    },
  };
}
