import type { Lab, LabNf, LabPort } from "./lab.ts";
import { memifDevice } from "./memif.ts";
import { standInOptions } from "./nic.ts";
import { SIMD_512, virtioDevice, wantsAvx512 } from "./virtio.ts";

/** testpmd in the image of the built-in NFs. */
export const TESTPMD = "/usr/local/bin/dpdk-testpmd";
/** Buffers for each queue that fit in half of the usual memory, and what each port takes that is more than two. */
const MBUFS = 8192;
const MBUFS_OF_PORT = 3072;

/**
 * argv of testpmd in the NF's place: the same devices and options as a built-in NF has, the forwarding mode that its place in the chain asks for, and behind
 * those what the file says, so that the file wins.
 */
export function testpmdCommand(lab: Pick<Lab, "nfs" | "hops">, nf: LabNf): readonly string[] {
  const queues = Math.max(1, ...nf.ports.map((port) => port.queues));
  return [
    `--lcores=0@${nf.mainCpu},1@${nf.workerCpu}`,
    "--main-lcore=0",
    "-m",
    String(nf.memoryMib),
    "--in-memory",
    "--single-file-segments",
    ...(nf.ports.some(isCard) ? [] : ["--no-pci"]),
    "--no-telemetry",
    ...(nf.ports.some(wantsAvx512) ? [SIMD_512] : []),
    ...memifsFirst(nf.ports).map((port) => (isCard(port) ? `--allow=${port.device}` : `--vdev=${device(port)}`)),
    "--",
    `--forward-mode=${modeOf(nf)}`,
    ...addresses(lab, nf),
    ...pairing(nf.ports),
    `--total-num-mbufs=${(MBUFS + MBUFS_OF_PORT * Math.max(0, nf.ports.length - 2)) * queues}`,
    ...(queues > 1 ? [`--rxq=${queues}`, `--txq=${queues}`] : []),
    // Without this it would read a key from a terminal that is not there, and end.
    "--stats-period=3600",
    ...(nf.args ?? []),
  ];
}

/** Whom a generator sends to: on a Docker network frames with other addresses are dropped. */
function addresses({ nfs, hops }: Pick<Lab, "nfs" | "hops">, nf: LabNf): readonly string[] {
  const [own] = nf.ports;
  const hop = hops.find(({ from }) => from.nf === nf.name);
  const peer = nfs.find(({ name }) => name === hop?.to.nf)?.ports[hop?.to.port ?? 0];
  if (modeOf(nf) !== "txonly" || own === undefined || peer === undefined) return [];
  return [`--eth-peer=0,${peer.destination.mac}`, `--tx-ip=${own.ipv4},${peer.destination.ipv4}`];
}

/** A memif's socket must be there before virtio-user waits for its switch, which waits for all NFs. */
function memifsFirst(ports: readonly LabPort[]): readonly LabPort[] {
  return ports.toSorted((a, b) => Number(b.datapath === "memif") - Number(a.datapath === "memif"));
}

/** A network card is found on the PCI bus by its address; everything else is a virtual device. */
function isCard({ device, interface: standIn }: LabPort): boolean {
  return device !== undefined && standIn === undefined;
}

/** At an end of its chains it has ports of one direction. */
function modeOf({ ports }: LabNf): string {
  if (ports.every(({ direction }) => direction === "out")) return "txonly";
  return ports.every(({ direction }) => direction === "in") ? "rxonly" : "io";
}

/** testpmd pairs its ports in the order in which it found them, which is not that of the chains where memifs came first. */
function pairing(ports: readonly LabPort[]): readonly string[] {
  const found = memifsFirst(ports).map(({ index }) => index);
  if (ports.length <= 2 || ports.every(({ index }, place) => found[place] === index)) return [];
  return [`--portlist=${ports.map(({ index }) => found.indexOf(index)).join(",")}`];
}

function device(port: LabPort): string {
  switch (port.datapath) {
    case "nic":
      if (port.device !== undefined) return `${port.device},iface=${port.interface},${standInOptions(port.mtuBytes)}`;
      return virtioUser(port);
    case "vhost-user":
      return virtioUser(port);
    case "memif":
      return `net_memif${port.index},${memifDevice(port)},socket-abstract=no,mac=${port.mac},rsize=${Math.log2(port.queueSize)}`;
    case "none":
      return `net_null${port.index}`;
    case "host":
    case "af-xdp":
    case "ovs-veth":
      return kernelDevice(port, port.interface ?? "");
    case "docker-bridge":
    case "macvlan":
    case "ipvlan":
    case "overlay":
      return kernelDevice(port, `eth${port.index}`);
  }
}

function kernelDevice({ index, driver }: LabPort, name: string): string {
  return driver === "af-xdp"
    ? `net_af_xdp${index},iface=${name}`
    : `net_af_packet${index},iface=${name},qdisc_bypass=1,framecnt=4096`;
}

function virtioUser(port: LabPort): string {
  const { index, socket, mac, queueSize, virtio } = port;
  const plain = virtio?.mergeable === true ? "" : ",mrg_rxbuf=0";
  return `net_virtio_user${index},path=${socket},mac=${mac},server=1,queue_size=${queueSize}${plain}${virtioDevice(port)}`;
}
