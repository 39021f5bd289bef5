import { z } from "zod";
import type { Plain } from "./plain.ts";
import { count, ratio } from "./plain.ts";

/* What the machine did while a trial ran: whether its figures are those of the lab, or of something that came between. */

const host = () =>
  z.string().optional().describe("Name of the host in the topology's hosts; absent for a lab on one host.");

const cpuSchema = z.object({
  host: host(),
  cpu: count().describe("Number of the CPU."),
  stealTicks: count().describe("Ticks of /proc/stat during the trial in which the hypervisor ran something else."),
  busyTicks: count().describe("Ticks in user, nice, system, irq and softirq."),
  totalTicks: count().describe("All ticks of the CPU, steal and idle included."),
  stealRatio: ratio().describe("stealTicks / totalTicks."),
  interrupts: z
    .array(
      z.object({
        source: z.string().describe("As /proc/interrupts and /proc/softirqs name it."),
        count: count().describe("How often during the trial."),
      }),
    )
    .describe("What interrupted the CPU most during the trial, hard and soft; at most five sources."),
  mhz: z
    .number()
    .positive()
    .optional()
    .describe("Clock at the end of the trial in MHz; absent where the kernel does not show it."),
});

const threadSchema = z.object({
  host: host(),
  owner: z.string().describe("'switch' or the name of the NF."),
  name: z.string().describe("The thread's name: 'pmd-c00/id:8', 'worker'."),
  tid: count().describe("Thread id on the host."),
  cpu: count().describe("CPU that the thread is pinned to."),
  involuntaryContextSwitches: count().describe(
    "nonvoluntary_ctxt_switches of /proc/<tid>/status during the trial: times the thread was preempted.",
  ),
  runQueueWaitNs: count().describe(
    "Nanoseconds during the trial in which the thread could have run and something else had its CPU (second field of /proc/<tid>/schedstat).",
  ),
  voluntaryContextSwitches: count().describe("voluntary_ctxt_switches during the trial: times the thread slept."),
  migrations: count()
    .optional()
    .describe("Times the thread was moved to another CPU during the trial; absent where the kernel does not tell."),
});

export const pmdSchema = z.object({
  host: host(),
  cpu: count().describe("CPU of the switch's poll-mode thread."),
  busyCycles: count().describe(
    "TSC cycles in iterations that had packets; includes time in which the thread was preempted inside one.",
  ),
  idleCycles: count().describe("TSC cycles in iterations without packets."),
  packets: count().describe(
    "Packets received from ports. A packet counts once for each pass through the switch, so once for each hop of a chain.",
  ),
  busyRatio: ratio().describe("busyCycles / all cycles: 1 means that the thread never found its queues empty."),
  cyclesPerPacket: z.number().nonnegative().optional().describe("busyCycles / packets; absent without packets."),
  simpleMatchHits: count().describe("Lookups answered by the simple match on the input port."),
  emcHits: count().describe("Lookups answered by the exact-match cache."),
  smcHits: count().describe("Lookups answered by the signature-match cache."),
  megaflowHits: count().describe("Lookups answered by the megaflow classifier."),
  upcalls: count().describe("Packets that no cache knew and the slow path handled."),
  lostUpcalls: count().describe("Packets dropped because the slow path failed."),
});

const nfSchema = z.object({
  nf: z.string().describe("Name of the NF."),
  cpu: count().describe("CPU of its worker."),
  busyCycles: count().describe("TSC cycles of turns that had packets."),
  idleCycles: count().describe("TSC cycles of turns without packets."),
  busyRatio: ratio().describe("busyCycles / both: 1 means that the worker always had packets to handle."),
  yields: count().describe("Times that it gave its CPU to whom it shares it with."),
  ringSizes: z.array(count()).describe("Descriptors in the rings of each port."),
});

const switchPortSchema = z.object({
  host: host(),
  port: z.string().describe("Name in OVS."),
  polledBy: z.array(count()).describe("CPUs of the poll-mode threads that poll its queues."),
  txDropped: count().describe("Packets that OVS could not hand to the port during the trial."),
  txRetries: count()
    .optional()
    .describe(
      "Times that OVS tried again to hand packets to the port, as far as it had reported: it does so every five seconds.",
    ),
});

export const hygieneSchema = z.object({
  cpus: z.array(cpuSchema).describe("The CPUs of the affinity map."),
  threads: z.array(threadSchema).describe("The polling threads: PMDs of the switch and workers of the NFs."),
  nfs: z.array(nfSchema).describe("How the workers of the built-in NFs spent their time."),
  switchPorts: z.array(switchPortSchema).describe("The switch's ports; empty on datapaths without a switch."),
});

export type Hygiene = Plain<z.infer<typeof hygieneSchema>>;
export type CpuHygiene = Hygiene["cpus"][number];
export type ThreadHygiene = Hygiene["threads"][number];
export type NfHygiene = Hygiene["nfs"][number];
export type SwitchPortHygiene = Hygiene["switchPorts"][number];
export type Pmd = Plain<z.infer<typeof pmdSchema>>;
