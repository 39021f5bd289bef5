import { onDockerNetwork } from "../topology/datapaths.ts";
import type { Lab, LabNf, LabPort } from "./lab.ts";

/** As many networks as Docker gives interfaces in a known order: the one that the container is started on, and one other. */
const MOST_NETWORKS_IN_ORDER = 2;

/** What the user's own image is told of its place in the lab; the built-in NFs get it as arguments. */
export function ownImageEnvironment(
  { nfs, hops }: Pick<Lab, "nfs" | "hops">,
  nf: LabNf,
): Readonly<Record<string, string>> {
  const ports = nf.ports.flatMap((port) => {
    const prefix = `COREBED_PORT${port.index}`;
    const hop = hops[port.hop];
    const other = port.direction === "out" ? hop?.to : hop?.from;
    const peer = nfs.find(({ name }) => name === other?.nf)?.ports[other?.port ?? 0];
    const known = {
      CHAIN: port.chain,
      DATAPATH: port.datapath,
      MAC: port.mac,
      IPV4: port.ipv4,
      SOCKET: port.socket,
      ROLE: port.role,
      INTERFACE: port.interface ?? networkInterface(nf, port),
      DEVICE: port.device,
      QUEUES: port.queues > 1 ? String(port.queues) : undefined,
      PEER: other?.nf,
      PEER_MAC: peer?.mac,
      PEER_IPV4: peer?.ipv4,
    };
    return Object.entries(known).flatMap(([key, value]) =>
      value === undefined ? [] : [[`${prefix}_${key}`, value] as const],
    );
  });
  return {
    COREBED_NF: nf.name,
    COREBED_CPU: String(nf.workerCpu),
    COREBED_MAIN_CPU: String(nf.mainCpu),
    COREBED_DIRECTORY: nf.directory,
    ...Object.fromEntries(ports),
  };
}

/** Docker's name for the interface of a port on one of its networks; undefined for other ports, and where it cannot be known before. */
function networkInterface({ ports }: LabNf, port: LabPort): string | undefined {
  const onNetworks = ports.filter(({ datapath }) => onDockerNetwork(datapath));
  const place = onNetworks.indexOf(port);
  return place < 0 || onNetworks.length > MOST_NETWORKS_IN_ORDER ? undefined : `eth${place}`;
}
