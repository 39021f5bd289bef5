import type { NfStats } from "../../rpc/nf-control/messages.ts";
import type { DatapathPort } from "../../rpc/ovs-control/datapath-show.ts";
import type { PmdQueues } from "../../rpc/ovs-control/pmd-rxq-show.ts";
import type { PmdStats } from "../../rpc/ovs-control/pmd-stats-show.ts";
import type { FoundLab, FoundNf } from "./found-lab.ts";

/** Everything that one scrape read. What did not answer in time is undefined. */
export interface Reading {
  readonly version: string;
  /** Name of the host, where those of several are told together; absent otherwise. */
  readonly host?: string;
  /** undefined: the engine did not answer. */
  readonly labs: readonly LabReading[] | undefined;
  readonly hugePages: HugePageReading | undefined;
  /** Seconds since boot of each CPU that a lab polls on. */
  readonly cpus: ReadonlyMap<number, CpuSeconds>;
  readonly process: { readonly cpuSeconds: number; readonly residentBytes: number };
  readonly durationSeconds: number;
}

export interface LabReading {
  readonly lab: FoundLab;
  readonly nfs: readonly NfReading[];
  readonly switch: SwitchReading | undefined;
}

export interface NfReading {
  readonly nf: FoundNf;
  readonly stats: NfStats | undefined;
  /** The docker bridge's end of each port on one, by the port's index. */
  readonly bridgePorts: ReadonlyMap<number, BridgePortReading>;
}

/** Seen from the bridge: `rx` comes from the NF. */
export interface BridgePortReading {
  readonly rxPackets: number;
  readonly rxDropped: number;
  readonly txPackets: number;
  readonly txDropped: number;
}

export interface SwitchReading {
  readonly ports: readonly DatapathPort[];
  readonly queues: readonly PmdQueues[];
  readonly pmds: readonly PmdStats[];
}

export interface HugePageReading {
  readonly total: number;
  readonly free: number;
  readonly sizeBytes: number;
}

/** What the kernel saw a CPU do. */
export interface CpuSeconds {
  readonly busy: number;
  readonly idle: number;
  /** Taken by the hypervisor. */
  readonly steal: number;
}
