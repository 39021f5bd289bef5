import type { KnownFacts } from "../lab/host-facts.ts";
import type { Lab } from "../lab/lab.ts";
import { destroyLab } from "../provision/converge.ts";
import type { EmitApply } from "../provision/event.ts";
import { labNames } from "../provision/observe.ts";
import { hostGround } from "../run/host-ground.ts";
import { hostsGround } from "../run/hosts-ground.ts";
import { type LabMoment, RealBed } from "../run/real-bed.ts";
import type { TestBed } from "../run/test-bed.ts";
import type { HostSpec } from "../topology/topology.ts";
import type { HostOption } from "./host-option.ts";
import type { TopologyFile } from "./input.ts";
import { loadWhere } from "./load-where.ts";
import { lockRigs, openRigs, readyRigs, rigFacts } from "./rigs.ts";
import { requireRoot } from "./root.ts";
import { lockLabs, openSession, readyFacts } from "./session.ts";
import { simulatedSite } from "./simulated-site.ts";
import { refuseSeveral, type Where } from "./where.ts";

/** Where labs are measured: this host, or a model of one. */
export interface Site {
  /** Every output has to say so. */
  readonly simulated: boolean;
  /** For commands that are recommended, and to tell another machine from this one: the `--host` that was given, with a blank before it. */
  readonly hostSuffix: string;
  /** What names a lab in a `destroy` that is recommended: its name, or the file that says on which hosts it is. */
  readonly destroyTarget?: string;
  /** Set off by Ctrl-C. */
  readonly signal: AbortSignal;
  /** What the host is; ends the command if it is not ready to run labs. */
  readonly readFacts: () => Promise<KnownFacts>;
  /** Keeps other commands off these labs. */
  readonly lock: (labs: readonly string[], command: string) => Promise<AsyncDisposable>;
  readonly openBed: (options: BedOptions) => TestBed;
  /** Names of the labs of which anything is there. */
  readonly present: () => Promise<readonly string[]>;
  readonly destroy: (lab: string) => Promise<void>;
}

export interface BedOptions {
  readonly emit: EmitApply;
  /** As `RealBedOptions.onLab`. */
  readonly onLab: (what: LabMoment, lab: Lab) => void;
  /** All labs that take turns on the bed. */
  readonly labs: readonly Lab[];
}

interface MeasuredOptions extends HostOption {
  readonly simulate?: boolean;
  readonly hosts?: readonly HostSpec[];
}

/** A file with where its labs are measured, and the options as they are for that place. */
export interface Located<Options> {
  readonly site: Site;
  readonly file: TopologyFile;
  readonly options: Options;
}

/** Reads a topology and opens where it is to be measured: on the hosts that it names, or else as the command line asks. */
export async function locate<Options extends MeasuredOptions & { readonly json?: boolean }>(
  path: string,
  options: Options,
  seed: number,
): Promise<Located<Options>> {
  const { loaded, where } = await loadWhere(path, options, options.simulate !== true);
  return locateFile(loaded, where, options, seed);
}

/** The same of a file that has been read. */
export async function locateFile<Options extends MeasuredOptions>(
  file: TopologyFile,
  where: Where,
  options: Options,
  seed: number,
): Promise<Located<Options>> {
  if (where.kind === "one") {
    const own = { ...options, ...where.options };
    return { site: await siteOf(own, seed), file, options: own };
  }
  if (options.simulate === true) {
    refuseSeveral(file.topology, "there is no model of tunnels between hosts", "leave --simulate out");
  }
  return { site: await hostsSite(where.hosts, file.source.file), file, options: { ...options, hosts: where.hosts } };
}

/** Several hosts that have a part of each lab. `signal` stands in for that of Ctrl-C. */
export async function hostsSite(hosts: readonly HostSpec[], path: string, signal?: AbortSignal): Promise<Site> {
  const rigs = await openRigs(hosts, signal);
  const { worlds } = rigs;
  const ground = hostsGround(worlds, rigs.signal, () => rigFacts(rigs));
  return {
    simulated: false,
    hostSuffix: ` --host ${hosts[0]?.address}`,
    destroyTarget: path,
    signal: rigs.signal,
    readFacts: () => readyRigs(rigs),
    lock: (labs, command) => lockRigs(rigs, labs, command),
    openBed: (options) => new RealBed({ ground, ...options }),
    present: ground.present,
    destroy: ground.destroy,
  };
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
    openBed: (options) => new RealBed({ ground: hostGround(world, () => session.readFacts("quick")), ...options }),
    present: () => labNames(world.reader),
    destroy: async (lab) => {
      await destroyLab(lab, world, () => {});
    },
  };
}
