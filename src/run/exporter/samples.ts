import { switchPortName } from "../../lab/names.ts";
import { UPLINK_INTERFACE } from "../../lab/tunnel.ts";
import type { NfStats } from "../../rpc/nf-control/messages.ts";
import type { DatapathPort } from "../../rpc/ovs-control/datapath-show.ts";
import type { PmdStats } from "../../rpc/ovs-control/pmd-stats-show.ts";
import { throughSwitch } from "../../topology/datapaths.ts";
import { DATAPATHS } from "../../topology/topology.ts";
import { receiverFiguresAt } from "../figures.ts";
import { HOST_LABEL, type LabelOf, type MetricSample, sample } from "./families.ts";
import type { NfLabel, PortLabel } from "./found-lab.ts";
import { latencyDistribution } from "./latency.ts";
import type { BridgePortReading, LabReading, NfReading, Reading, SwitchReading } from "./reading.ts";

/**
 * A reading as metrics. Every counter comes from one counter of one source: sums over sources would go back when one of them starts again, which
 * Prometheus takes for a reset of the whole. Labels come from the source's own label, so they do not change when another part of the lab is away.
 */
export function toSamples(reading: Reading): readonly MetricSample[] {
  return [...processSamples(reading), ...hostSamples(reading)];
}

/** The same of several hosts that were read for one scrape: what is of a host says so with its name, as `host`. */
export function toSamplesOfHosts(readings: readonly Reading[]): readonly MetricSample[] {
  return [...readings.slice(0, 1).flatMap(processSamples), ...readings.flatMap(hostSamples)];
}

/** What this process tells of itself. */
function processSamples({ version, durationSeconds, process }: Reading): readonly MetricSample[] {
  return [
    ...sample("corebed_build_info", { version }, 1),
    ...sample("corebed_scrape_duration_seconds", {}, durationSeconds),
    ...sample("process_cpu_seconds_total", {}, process.cpuSeconds),
    ...sample("process_resident_memory_bytes", {}, process.residentBytes),
  ];
}

/** A lab on several hosts names its own even where only one is looked at: what its other parts count is in another place. */
function hostSamples(reading: Reading): readonly MetricSample[] {
  const { host } = reading;
  return [
    ...(reading.labs ?? []).flatMap((lab) => ofHost(host ?? lab.lab.host, labSamples(lab))),
    ...ofHost(host, machineSamples(reading)),
  ];
}

function ofHost(host: string | undefined, samples: readonly MetricSample[]): readonly MetricSample[] {
  if (host === undefined) return samples;
  return samples.map((each) => ({ ...each, labels: { ...each.labels, [HOST_LABEL]: host } }));
}

function machineSamples(reading: Reading): readonly MetricSample[] {
  return [
    ...sample("corebed_docker_up", {}, reading.labs !== undefined),
    ...[...reading.cpus].flatMap(([cpu, seconds]) =>
      (["busy", "idle", "steal"] as const).flatMap((mode) =>
        sample("corebed_core_cpu_seconds_total", { core: String(cpu), mode }, seconds[mode]),
      ),
    ),
    ...sample("corebed_hugepages", {}, reading.hugePages?.total),
    ...sample("corebed_hugepages_free", {}, reading.hugePages?.free),
    ...sample("corebed_hugepage_size_bytes", {}, reading.hugePages?.sizeBytes),
  ];
}

function labSamples(reading: LabReading): readonly MetricSample[] {
  const lab = reading.lab.name;
  const ups = [...reading.nfs.map(nfUp), ...(reading.lab.switch === undefined ? [] : [reading.switch !== undefined])];
  return [
    ...sample("corebed_lab_up", { lab }, ups.length > 0 && ups.every((up) => up)),
    ...(reading.lab.switch === undefined ? [] : sample("corebed_switch_up", { lab }, reading.switch !== undefined)),
    ...(reading.lab.switch?.spec.pmdCpus ?? []).flatMap((cpu) =>
      sample("corebed_core_owner_info", { lab, core: String(cpu), owner: "switch" }, 1),
    ),
    ...reading.nfs.flatMap((nf) => nfSamples(lab, nf, reading.switch)),
    ...(reading.switch?.pmds ?? []).flatMap((pmd) => pmdSamples(lab, pmd)),
    ...rxqSamples(lab, reading),
    ...uplinkSamples(lab, reading.switch),
  ];
}

/**
 * What tunnels to other hosts carry, at the interface that they leave and come by. The tunnels' own counters are not told: those of the datapath stay at 0, and OVS counts what one
 * sends twice (3.1.0). Of drops AF_XDP ports keep no count.
 */
function uplinkSamples(lab: string, ovs: SwitchReading | undefined): readonly MetricSample[] {
  const uplink = ovs?.ports.find(({ name }) => name === UPLINK_INTERFACE);
  if (uplink === undefined) return [];
  const labels = { lab, core: pollerOf(ovs, UPLINK_INTERFACE) };
  return [
    ...sample("corebed_switch_uplink_receive_packets_total", labels, uplink.rx?.packets),
    ...sample("corebed_switch_uplink_receive_bytes_total", labels, uplink.rx?.bytes),
    ...sample("corebed_switch_uplink_transmit_packets_total", labels, uplink.tx?.packets),
    ...sample("corebed_switch_uplink_transmit_bytes_total", labels, uplink.tx?.bytes),
  ];
}

/** The CPU of the PMD thread that polls a port of the switch; empty where none does. */
function pollerOf(ovs: SwitchReading | undefined, name: string): string {
  const pmd = ovs?.queues.find(({ queues }) => queues.some(({ port }) => port === name));
  return pmd === undefined ? "" : String(pmd.coreId);
}

/** Queues by the NF's name and port, like everything else; ports of the switch that belong to no NF are left out. */
function rxqSamples(lab: string, { nfs, switch: ovs }: LabReading): readonly MetricSample[] {
  const owners = new Map(
    nfs.flatMap(({ nf: { spec } }) =>
      spec.ports.map(({ index }) => [switchPortName(spec.nf, index), { nf: spec.nf, port: String(index) }] as const),
    ),
  );
  return (ovs?.queues ?? []).flatMap(({ coreId, queues }) =>
    queues.flatMap(({ port, queueId, usagePercent }) => {
      const owner = owners.get(port);
      if (owner === undefined) return [];
      const labels = { lab, ...owner, core: String(coreId), queue: String(queueId) };
      const busy = usagePercent === undefined ? undefined : usagePercent / 100;
      return [
        ...sample("corebed_switch_rxq_info", labels, 1),
        ...sample("corebed_switch_rxq_busy_ratio", labels, busy),
      ];
    }),
  );
}

/** A user's own image has no control socket to answer on: that it runs is all there is to know. */
function nfUp({ nf, stats }: NfReading): boolean {
  return nf.running && (nf.spec.controlSocket === undefined || stats !== undefined);
}

function nfSamples(lab: string, reading: NfReading, ovs: SwitchReading | undefined): readonly MetricSample[] {
  const { spec } = reading.nf;
  const { stats } = reading;
  const labels = { lab, nf: spec.nf, core: String(spec.workerCpu) };
  return [
    ...sample("corebed_nf_up", { lab, nf: spec.nf }, nfUp(reading)),
    ...sample("corebed_nf_info", { ...labels, app: spec.app ?? "" }, 1),
    ...sample("corebed_core_owner_info", { lab, core: labels.core, owner: spec.nf }, 1),
    ...sample("corebed_nf_trial", { lab, nf: spec.nf }, stats?.trial),
    ...sample("corebed_nf_sending", { lab, nf: spec.nf }, spec.app === "pktgen" ? stats?.running : undefined),
    ...sample("corebed_nf_rule_dropped_packets_total", labels, ruleDropped(reading)),
    ...sample("corebed_nf_worker_busy_cycles_total", labels, stats?.worker.busyTsc),
    ...sample("corebed_nf_worker_idle_cycles_total", labels, stats?.worker.idleTsc),
    ...spec.ports.flatMap((port) => portSamples({ lab, spec, port, reading, ovs })),
  ];
}

interface PortContext {
  readonly lab: string;
  readonly spec: NfLabel;
  readonly port: PortLabel;
  readonly reading: NfReading;
  readonly ovs: SwitchReading | undefined;
}

function portSamples(context: PortContext): readonly MetricSample[] {
  const { spec, port, reading } = context;
  const labels = portLabels(context, String(spec.workerCpu));
  const counters = reading.stats?.ports.find(({ index }) => index === port.index);
  const bridgePort = reading.bridgePorts.get(port.index);
  const switchPort = switchPortOf(context);
  return [
    ...(counters === undefined ? [] : nfPortSamples(labels, counters)),
    ...(bridgePort === undefined ? [] : bridgePortSamples(labels, bridgePort)),
    ...(switchPort === undefined ? [] : switchPortSamples(context, switchPort)),
    ...pathSamples(context, counters, bridgePort, switchPort),
  ];
}

type PortLabels = Readonly<Record<LabelOf<"corebed_nf_port_receive_packets_total">, string>>;
type PortCounters = NfStats["ports"][number];

/** `core` polls the port: the NF's worker for the NF's end, a PMD for the switch's. */
function portLabels({ lab, spec, port }: PortContext, core: string): PortLabels {
  const { chain, hop, index, datapath } = port;
  return { lab, chain, hop: String(hop), nf: spec.nf, port: String(index), core, datapath };
}

function nfPortSamples(labels: PortLabels, port: PortCounters): readonly MetricSample[] {
  const { kernel } = port;
  return [
    ...sample("corebed_nf_port_receive_packets_total", labels, port.rxPackets),
    ...sample("corebed_nf_port_receive_bytes_total", labels, port.rxBytes),
    ...sample("corebed_nf_port_receive_no_buffer_packets_total", labels, port.rxNoMbuf),
    ...sample("corebed_nf_port_receive_ring_dropped_packets_total", labels, kernel?.ringDropped),
    ...sample("corebed_nf_port_transmit_packets_total", labels, port.txPackets),
    ...sample("corebed_nf_port_transmit_bytes_total", labels, port.txBytes),
    ...sample("corebed_nf_port_transmit_unsent_packets_total", labels, port.txUnsent),
    ...sample("corebed_nf_interface_receive_packets_total", labels, kernel?.rxPackets),
    ...sample("corebed_nf_interface_receive_dropped_packets_total", labels, kernel?.rxDropped),
    ...sample("corebed_nf_interface_receive_errors_total", labels, kernel?.rxErrors),
    ...sample("corebed_nf_interface_transmit_packets_total", labels, kernel?.txPackets),
    ...sample("corebed_nf_interface_transmit_dropped_packets_total", labels, kernel?.txDropped),
    ...sample("corebed_nf_interface_transmit_errors_total", labels, kernel?.txErrors),
  ];
}

function bridgePortSamples(labels: PortLabels, port: BridgePortReading): readonly MetricSample[] {
  return [
    ...sample("corebed_bridge_port_receive_packets_total", labels, port.rxPackets),
    ...sample("corebed_bridge_port_receive_dropped_packets_total", labels, port.rxDropped),
    ...sample("corebed_bridge_port_transmit_packets_total", labels, port.txPackets),
    ...sample("corebed_bridge_port_transmit_dropped_packets_total", labels, port.txDropped),
  ];
}

function switchPortOf({ spec, port, ovs }: PortContext): DatapathPort | undefined {
  const known = DATAPATHS.find((datapath) => datapath === port.datapath);
  if (known === undefined || (known !== "nic" && !throughSwitch(known))) return undefined;
  return ovs?.ports.find(({ name }) => name === switchPortName(spec.nf, port.index));
}

function switchPortSamples(context: PortContext, { name, rx, tx }: DatapathPort): readonly MetricSample[] {
  const labels = portLabels(context, pollerOf(context.ovs, name));
  return [
    ...sample("corebed_switch_port_receive_packets_total", labels, rx?.packets),
    ...sample("corebed_switch_port_receive_bytes_total", labels, rx?.bytes),
    ...sample("corebed_switch_port_receive_dropped_packets_total", labels, rx?.dropped),
    ...sample("corebed_switch_port_transmit_packets_total", labels, tx?.packets),
    ...sample("corebed_switch_port_transmit_bytes_total", labels, tx?.bytes),
    ...sample("corebed_switch_port_transmit_dropped_packets_total", labels, tx?.dropped),
  ];
}

/** What the port's counters say about its hop and its chain. */
function pathSamples(
  { lab, spec, port, reading }: PortContext,
  counters: PortCounters | undefined,
  bridgePort: BridgePortReading | undefined,
  switchPort: DatapathPort | undefined,
): readonly MetricSample[] {
  const chain = { lab, chain: port.chain, datapath: port.datapath };
  const hop = { ...chain, hop: String(port.hop) };
  const dropped = (reason: string, packets: number | undefined): readonly MetricSample[] =>
    sample("corebed_hop_dropped_packets_total", { ...hop, reason }, packets);
  // The chain's first NF sends by a port of it and receives by none; the last the other way round.
  const atEnd = spec.ports.every(({ chain: other, direction }) => other !== port.chain || direction === port.direction);
  if (port.direction === "out") {
    return [
      ...(atEnd ? sample("corebed_chain_sent_packets_total", chain, counters?.txPackets) : []),
      // What a generator could not hand over it never sent: no packet of the chain is lost by it.
      ...(spec.app === "pktgen" ? [] : dropped("unsent", counters?.txUnsent)),
      ...dropped("interface_transmit", counters?.kernel?.txDropped),
      ...dropped("interface_transmit_error", counters?.kernel?.txErrors),
      ...dropped("bridge_receive", bridgePort?.rxDropped),
      ...dropped("switch_receive", switchPort?.rx?.dropped),
    ];
  }
  return [
    ...(atEnd ? endSamples(chain, counters, port, reading) : []),
    ...sample("corebed_hop_packets_total", hop, counters?.rxPackets),
    ...dropped("bridge_transmit", bridgePort?.txDropped),
    ...dropped("switch_transmit", switchPort?.tx?.dropped),
    ...dropped("receive_ring", counters?.kernel?.ringDropped),
    ...dropped("no_buffer", counters?.rxNoMbuf),
  ];
}

/** What the chain's last NF tells of it. */
function endSamples(
  chain: Readonly<Record<LabelOf<"corebed_chain_received_packets_total">, string>>,
  counters: PortCounters | undefined,
  { index }: PortLabel,
  { stats }: NfReading,
): readonly MetricSample[] {
  const app = stats === undefined ? undefined : receiverFiguresAt(stats, index);
  return [
    ...sample("corebed_chain_received_packets_total", chain, counters?.rxPackets),
    ...sample("corebed_chain_latency_seconds", chain, app && latencyDistribution(app.latencyNs)),
    ...sample("corebed_chain_missing_packets", chain, app?.lost),
    ...sample("corebed_chain_reordered_packets_total", chain, app?.reordered),
    ...sample("corebed_chain_duplicate_packets_total", chain, app?.duplicates),
    ...sample("corebed_chain_foreign_packets_total", chain, app?.foreign),
  ];
}

function ruleDropped({ nf, stats }: NfReading): number | undefined {
  if (nf.spec.app === "impair") return (stats as NfStats<"impair"> | undefined)?.app.lost;
  return nf.spec.app === "l2fwd" ? (stats as NfStats<"l2fwd"> | undefined)?.app.dropped : undefined;
}

const CACHES = {
  phwol: "phwolHits",
  mfex_opt: "mfexOptHits",
  simple_match: "simpleMatchHits",
  emc: "emcHits",
  smc: "smcHits",
  megaflow: "megaflowHits",
} as const satisfies Readonly<Record<string, keyof PmdStats>>;

function pmdSamples(lab: string, pmd: PmdStats): readonly MetricSample[] {
  if (pmd.thread !== "pmd" || pmd.coreId === undefined) return [];
  const labels = { lab, core: String(pmd.coreId) };
  return [
    ...sample("corebed_pmd_busy_cycles_total", labels, pmd.busyCycles),
    ...sample("corebed_pmd_idle_cycles_total", labels, pmd.idleCycles),
    ...sample("corebed_pmd_packets_total", labels, pmd.packetsReceived),
    ...sample("corebed_pmd_upcalls_total", labels, pmd.missUpcalls),
    ...sample("corebed_pmd_failed_upcalls_total", labels, pmd.missFailedUpcalls),
    ...Object.entries(CACHES).flatMap(([cache, field]) =>
      sample("corebed_pmd_lookup_hits_total", { ...labels, cache }, pmd[field]),
    ),
  ];
}
