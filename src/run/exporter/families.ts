/** What there is to scrape: every metric with its type, its labels and its help. docs/metrics.md says the same in prose. */
interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

const PORT = ["lab", "chain", "hop", "nf", "port", "core", "datapath"] as const;
const HOP = ["lab", "chain", "hop", "datapath"] as const;
const CHAIN = ["lab", "chain", "datapath"] as const;
const NF_CORE = ["lab", "nf", "core"] as const;
const PMD = ["lab", "core"] as const;

export const FAMILIES = {
  corebed_build_info: gauge(["version"], "Version of corebed; the value is always 1."),
  corebed_scrape_duration_seconds: gauge([], "Time that corebed took to read all sources for this scrape."),
  corebed_docker_up: gauge([], "Whether the Docker engine answered in time; labs are found through it."),
  corebed_lab_up: gauge(["lab"], "Whether every NF of the lab and its switch run and answered in time."),
  corebed_nf_up: gauge(["lab", "nf"], "Whether the NF runs and, if it is a built-in one, answered in time."),
  corebed_switch_up: gauge(["lab"], "Whether the lab's switch runs and answered in time."),
  corebed_nf_info: gauge(["lab", "nf", "app", "core"], "App and CPU of an NF; the value is always 1."),
  corebed_nf_trial: gauge(["lab", "nf"], "Stamp of the trial that the NF is in; 0 before the first."),
  corebed_nf_sending: gauge(["lab", "nf"], "Whether the generator sends."),
  corebed_core_owner_info: gauge(["lab", "core", "owner"], "What polls on a CPU: an NF or switch; always 1."),
  corebed_core_cpu_seconds_total: counter(
    ["core", "mode"] as const,
    "Time of a CPU that a lab polls on, by what the kernel saw it do; polling is busy, with or without packets.",
  ),

  corebed_chain_sent_packets_total: counter(CHAIN, "Packets that the port of the chain's first NF accepted."),
  corebed_chain_received_packets_total: counter(CHAIN, "Packets that the chain's last NF took from its port."),
  corebed_chain_latency_seconds: histogram(
    CHAIN,
    "One-way latency of the trial's packets, from the generator's stamp to the chain's last NF.",
  ),
  corebed_chain_missing_packets: gauge(CHAIN, "Packets of the trial that have not arrived, by their sequence numbers."),
  corebed_chain_reordered_packets_total: counter(CHAIN, "Packets of the trial that came late (RFC 4737)."),
  corebed_chain_duplicate_packets_total: counter(CHAIN, "Packets of the trial that came more than once."),
  corebed_chain_foreign_packets_total: counter(CHAIN, "Packets that no generator of corebed stamped."),
  corebed_hop_packets_total: counter(HOP, "Packets that arrived at the NF at the hop's far end."),
  corebed_hop_dropped_packets_total: counter(
    [...HOP, "reason"] as const,
    "Packets dropped on the hop, by the place that dropped them.",
  ),

  corebed_nf_port_receive_packets_total: counter(PORT, "Packets that the NF took from the port."),
  corebed_nf_port_receive_bytes_total: counter(PORT, "Bytes that the NF took from the port, FCS included."),
  corebed_nf_port_receive_ring_dropped_packets_total: counter(
    PORT,
    "Packets that the packet socket's ring had no room for; kernel datapaths only.",
  ),
  corebed_nf_port_receive_no_buffer_packets_total: counter(
    PORT,
    "Packets not received because the NF had no free buffer.",
  ),
  corebed_nf_port_transmit_packets_total: counter(PORT, "Packets that the port accepted from the NF."),
  corebed_nf_port_transmit_bytes_total: counter(PORT, "Bytes that the port accepted from the NF, FCS included."),
  corebed_nf_port_transmit_unsent_packets_total: counter(
    PORT,
    "Packets that the port refused and the NF dropped; a generator counts them as not sent.",
  ),

  corebed_nf_interface_receive_packets_total: counter(PORT, "Packets that the port's kernel interface received."),
  corebed_nf_interface_receive_dropped_packets_total: counter(PORT, "Packets that the interface dropped on receipt."),
  corebed_nf_interface_receive_errors_total: counter(PORT, "Receive errors of the port's kernel interface."),
  corebed_nf_interface_transmit_packets_total: counter(PORT, "Packets that the port's kernel interface sent."),
  corebed_nf_interface_transmit_dropped_packets_total: counter(PORT, "Packets that the interface dropped on sending."),
  corebed_nf_interface_transmit_errors_total: counter(PORT, "Transmit errors of the port's kernel interface."),

  corebed_bridge_port_receive_packets_total: counter(PORT, "Packets that came to the docker bridge from the NF."),
  corebed_bridge_port_receive_dropped_packets_total: counter(PORT, "Packets from the NF dropped at the docker bridge."),
  corebed_bridge_port_transmit_packets_total: counter(PORT, "Packets that the docker bridge sent to the NF."),
  corebed_bridge_port_transmit_dropped_packets_total: counter(
    PORT,
    "Packets to the NF dropped at the docker bridge, mostly because the NF's backlog was full.",
  ),

  corebed_switch_port_receive_packets_total: counter(PORT, "Packets that OVS took from the NF's port."),
  corebed_switch_port_receive_bytes_total: counter(PORT, "Bytes that OVS took from the NF's port, without FCS."),
  corebed_switch_port_receive_dropped_packets_total: counter(PORT, "Packets from the NF that OVS dropped on receipt."),
  corebed_switch_port_transmit_packets_total: counter(PORT, "Packets that OVS put into the NF's ring."),
  corebed_switch_port_transmit_bytes_total: counter(PORT, "Bytes that OVS put into the NF's ring, without FCS."),
  corebed_switch_port_transmit_dropped_packets_total: counter(
    PORT,
    "Packets for the NF that OVS dropped, mostly because the NF's ring was full.",
  ),

  corebed_switch_uplink_receive_packets_total: counter(
    PMD,
    "Packets that came to OVS by the interface that tunnels to other hosts go over.",
  ),
  corebed_switch_uplink_receive_bytes_total: counter(PMD, "Their bytes, the tunnel's headers included, without FCS."),
  corebed_switch_uplink_transmit_packets_total: counter(PMD, "Packets that OVS sent by that interface."),
  corebed_switch_uplink_transmit_bytes_total: counter(PMD, "Their bytes, the tunnel's headers included, without FCS."),

  corebed_nf_worker_busy_cycles_total: counter(NF_CORE, "TSC cycles of the NF's worker in polls that had packets."),
  corebed_nf_worker_idle_cycles_total: counter(NF_CORE, "TSC cycles of the NF's worker in polls without packets."),
  corebed_nf_rule_dropped_packets_total: counter(
    NF_CORE,
    "Packets of the trial that a forwarder dropped by its own rules, or a bad line on purpose.",
  ),
  corebed_switch_rxq_info: gauge(
    ["lab", "nf", "port", "core", "queue"] as const,
    "Which PMD thread polls a receive queue of the switch; always 1.",
  ),
  corebed_switch_rxq_busy_ratio: gauge(
    ["lab", "nf", "port", "core", "queue"] as const,
    "Share of the PMD thread's time that the receive queue took, over the last seconds, as OVS measures it.",
  ),
  corebed_pmd_busy_cycles_total: counter(PMD, "TSC cycles of the PMD thread in iterations that had packets."),
  corebed_pmd_idle_cycles_total: counter(PMD, "TSC cycles of the PMD thread in iterations without packets."),
  corebed_pmd_packets_total: counter(PMD, "Packets that the PMD thread received; each hop of a chain counts."),
  corebed_pmd_lookup_hits_total: counter(
    ["lab", "core", "cache"] as const,
    "Lookups of the PMD thread answered by each cache.",
  ),
  corebed_pmd_upcalls_total: counter(PMD, "Packets that no cache knew and the slow path handled."),
  corebed_pmd_failed_upcalls_total: counter(PMD, "Packets dropped because the slow path failed."),

  corebed_hugepages: gauge([], "Huge pages of the default size that the host has reserved."),
  corebed_hugepages_free: gauge([], "Huge pages of the default size that are free."),
  corebed_hugepage_size_bytes: gauge([], "Default size of a huge page."),
  process_cpu_seconds_total: counter([], "CPU time that this corebed process has used."),
  process_resident_memory_bytes: gauge([], "Resident memory of this corebed process."),
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof FAMILIES;
export type LabelOf<Name extends FamilyName> = (typeof FAMILIES)[Name]["labels"][number];

/** What series of a host carry besides their own labels, where there are several. */
export const HOST_LABEL = "host";

/** One value of one metric. */
export interface MetricSample {
  readonly name: FamilyName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Distribution;
}

/** Value of a histogram. */
export interface Distribution {
  /** `[upper edge, how many were at most that]`, rising. */
  readonly cumulative: readonly (readonly [number, number])[];
  readonly count: number;
  readonly sum: number;
}

/** A value with exactly the labels that its metric has; none where the source does not keep that count, which is not the same as 0. */
export function sample<Name extends FamilyName>(
  name: Name,
  labels: Readonly<Record<LabelOf<Name>, string>>,
  value: number | boolean | Distribution | undefined,
): readonly MetricSample[] {
  return value === undefined ? [] : [{ name, labels, value: typeof value === "boolean" ? Number(value) : value }];
}

function histogram<const Labels extends readonly string[]>(labels: Labels, help: string) {
  return { type: "histogram" as const, labels, help };
}

function counter<const Labels extends readonly string[]>(labels: Labels, help: string) {
  return { type: "counter" as const, labels, help };
}

function gauge<const Labels extends readonly string[]>(labels: Labels, help: string) {
  return { type: "gauge" as const, labels, help };
}
