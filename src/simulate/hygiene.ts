import type { Lab } from "../lab/lab.ts";
import type { TrialMeasurement } from "../measure/measurement.ts";
import { CLOCK_HZ, PACKETS_PER_TURN } from "./costs.ts";
import type { Passing } from "./passing.ts";
import { portOf } from "./points.ts";
import type { Route } from "./stations.ts";

const TICKS_PER_SECOND = 100;
const TIMER_TICKS_PER_SECOND = 250;
/** Thread ids are made up, one for each PMD and worker. */
const FIRST_TID = 1000;

/** What the modelled machine did while a trial ran. */
export interface Machine {
  readonly lab: Lab;
  readonly seconds: number;
  /** Share of the time that the hypervisor took. */
  readonly stolen: number;
  /** Factor on the speed of the CPUs. */
  readonly speed: number;
  readonly flows: readonly { readonly route: Route; readonly passings: readonly Passing[] }[];
}

type Hygiene = Pick<TrialMeasurement, "cpus" | "threads" | "pmds" | "nfs" | "switchPorts">;

/** The counters that tell how good a trial was: those of the packets that the model passed. */
export function hygieneOf(machine: Machine): Hygiene {
  const { lab, seconds, stolen } = machine;
  const dropped = droppedByPort(machine);
  return {
    cpus: lab.cpus.owners.map(({ cpu }) => {
      const totalTicks = Math.round(seconds * TICKS_PER_SECOND);
      const stealTicks = Math.round(totalTicks * stolen);
      const interrupts = [
        { source: "LOC (Local timer interrupts)", count: Math.round(seconds * TIMER_TICKS_PER_SECOND) },
      ];
      // Whatever polls is never idle.
      return { cpu, stealTicks, busyTicks: totalTicks - stealTicks, totalTicks, interrupts, mhz: CLOCK_HZ / 1e6 };
    }),
    threads: threadsOf(machine),
    pmds: (lab.switch?.pmdCpus ?? []).map((cpu) => pmdOf(machine, cpu)),
    nfs: lab.nfs
      .filter(({ controlSocket }) => controlSocket !== undefined)
      .map((nf) => {
        const own = passingsOf(machine, nf.name);
        const share = Math.max(0, ...own.map(({ rate }) => rate.share));
        return {
          nf: nf.name,
          cpu: nf.workerCpu,
          ...cyclesOf(machine, own, share),
          yields: nf.sharesCpu ? Math.ceil(handled(own) / PACKETS_PER_TURN) : 0,
          ringSizes: nf.ports.map(({ queueSize }) => queueSize),
        };
      }),
    switchPorts: (lab.switch?.ports ?? []).map(({ name, queueCpus }) => ({
      port: name,
      polledBy: queueCpus,
      txDropped: dropped.get(name) ?? 0,
      txRetries: 0,
    })),
  };
}

function threadsOf(machine: Machine): TrialMeasurement["threads"] {
  const { lab } = machine;
  const pmds = (lab.switch?.pmdCpus ?? []).map((cpu, index) => ({
    owner: "switch",
    name: `pmd-c${String(cpu).padStart(2, "0")}/id:${index}`,
    cpu,
  }));
  const workers = lab.nfs.map((nf) => ({ owner: nf.name, name: "worker", cpu: nf.workerCpu }));
  return [...pmds, ...workers].map(({ owner, name, cpu }, index) => {
    const turns = passingsOf(machine, owner, cpu)[0]?.turns ?? { offNs: 0, offShare: 0 };
    const waitNs = Math.round(turns.offShare * machine.seconds * 1e9);
    return {
      owner,
      name,
      tid: FIRST_TID + index,
      cpu,
      involuntaryContextSwitches: turns.offNs > 0 ? Math.round(waitNs / turns.offNs) : 0,
      runQueueWaitNs: waitNs,
      voluntaryContextSwitches: 0,
      migrations: 0,
    };
  });
}

function pmdOf(machine: Machine, cpu: number): TrialMeasurement["pmds"][number] {
  const own = passingsOf(machine, "switch", cpu);
  const packets = handled(own);
  return {
    cpu,
    ...cyclesOf(machine, own, 1),
    packets,
    // The labs' rules name nothing but the port that packets come from.
    simpleMatchHits: packets,
    emcHits: 0,
    smcHits: 0,
    megaflowHits: 0,
    upcalls: 0,
    lostUpcalls: 0,
  };
}

/** Busy and idle cycles of a thread that had this share of its CPU. */
function cyclesOf({ seconds, speed }: Machine, own: readonly Passing[], share: number) {
  const busy = own.reduce(
    (sum, passing) => sum + (handled([passing]) * passing.rate.station.cyclesPerPacket) / speed,
    0,
  );
  const busyCycles = Math.round(Math.min(busy, CLOCK_HZ * seconds));
  return { busyCycles, idleCycles: Math.max(0, Math.round(CLOCK_HZ * seconds * share) - busyCycles) };
}

function handled(passings: readonly Passing[]): number {
  return passings.reduce((sum, { arrived, overflowed }) => sum + arrived - overflowed, 0);
}

function passingsOf({ flows }: Machine, owner: string, cpu?: number): readonly Passing[] {
  return flows.flatMap(({ passings }) =>
    passings.filter(({ rate: { station } }) => station.owner === owner && (cpu === undefined || station.cpu === cpu)),
  );
}

/** Packets that the switch could not put in the ring behind each port, by the port's name. */
function droppedByPort({ lab, flows }: Machine): ReadonlyMap<string, number> {
  const dropped = new Map<string, number>();
  for (const { route, passings } of flows) {
    for (const { rate, overflowed } of passings) {
      const hop = route.hops[rate.station.hop];
      const receives = rate.station.kind === "forwarder" || rate.station.kind === "receiver";
      const port = receives && overflowed > 0 && hop?.datapath === "vhost-user" ? portOf(lab, hop.to) : undefined;
      if (port !== undefined) dropped.set(port.name, (dropped.get(port.name) ?? 0) + overflowed);
    }
  }
  return dropped;
}
