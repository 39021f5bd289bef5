import { onDockerNetwork, onWire } from "../topology/datapaths.ts";
import { bridgePort, interfacePort, largeMtu, wiredPort } from "./bridge-ports.ts";
import type { Lab, LabHop, LabNetwork, LabNf, LabPort, LabSwitch, SwitchPort } from "./lab.ts";
import { flowOf, inOrder, limitResources, shaperResources } from "./limit-resources.ts";
import { isMadeElsewhere, networksElsewhere } from "./made-elsewhere.ts";
import { LAB_DIRECTORY_ID, switchPortName } from "./names.ts";
import { distinctNetworks, networkSpec } from "./networks.ts";
import { nfCommand, nfEntrypoint } from "./nf-command.ts";
import { vfioDevices } from "./nic.ts";
import {
  cableResources,
  cardsOf,
  dpdkExtra,
  interfaceResources,
  isInHostNamespace,
  nicId,
  nicResources,
  switchPrivileges,
} from "./nic-resources.ts";
import { ownImageEnvironment } from "./own-image.ts";
import { type BridgeSpec, type NfContainerSpec, type Resource, specDigest } from "./resource.ts";
import { onSharedMemory } from "./shared-memory.ts";
import { SWARM_ADDRESS } from "./swarm-rules.ts";
import { tunnelPort, uplinkResources } from "./tunnel-resources.ts";

/** Everything that must exist for a lab, in an order in which it can be made. */
export function labResources(lab: Lab): readonly Resource[] {
  const { place } = lab;
  return place === undefined ? resourcesOf(lab) : resourcesOf(lab).map((resource) => ({ ...resource, place }));
}

function resourcesOf(lab: Lab): readonly Resource[] {
  const all = lab.chains.map((chain) => chain.name);
  const root: Resource = {
    kind: "directory",
    id: LAB_DIRECTORY_ID,
    lab: lab.name,
    spec: { path: lab.directory },
    needs: [],
    inside: undefined,
    boundTo: [],
    chains: all,
  };
  return [
    root,
    ...lab.nfs.map((nf) => nfDirectory(lab, nf)),
    ...(lab.holdsSwarm === undefined ? [] : [swarmResource(lab, all)]),
    ...lab.hops.flatMap((hop) => hopResources(lab, hop)),
    ...lab.hops.flatMap((hop) => nicResources(lab, hop)),
    ...(lab.switch === undefined ? [] : switchResources(lab, lab.switch, all)),
    ...(lab.switch === undefined ? [] : cableResources(lab, lab.switch)),
    ...(lab.switch === undefined ? [] : interfaceResources(lab, lab.switch)),
    ...(lab.switch === undefined ? [] : uplinkResources(lab, lab.switch)),
    ...serversFirst(lab).map((nf) => nfResource(lab, nf)),
    ...(lab.switch === undefined ? [] : bridgeResources(lab, lab.switch, all)),
    ...lab.hops.flatMap((hop) => shaperResources(lab, hop)),
  ];
}

function nfDirectory(lab: Lab, nf: LabNf): Resource {
  return {
    kind: "directory",
    id: `directory:${nf.name}`,
    lab: lab.name,
    spec: { path: nf.directory },
    needs: [LAB_DIRECTORY_ID],
    inside: LAB_DIRECTORY_ID,
    boundTo: [],
    chains: nf.chains,
  };
}

function hopResources(lab: Lab, hop: LabHop): readonly Resource[] {
  const name = `${hop.chain}-${hop.index}`;
  const common = { lab: lab.name, inside: undefined, chains: [hop.chain] };
  const resources: Resource[] = [];
  if (hop.memif !== undefined) {
    resources.push({
      ...common,
      kind: "directory",
      id: hopDirectoryId(hop),
      spec: { path: hop.memif.directory },
      needs: [LAB_DIRECTORY_ID],
      inside: LAB_DIRECTORY_ID,
      boundTo: [],
    });
  }
  if (hop.veth !== undefined) {
    resources.push({
      ...common,
      kind: "veth",
      id: `veth:${name}`,
      spec: { ends: hop.veth, ...parentsMac(lab, hop), ...largeMtu(hop) },
      needs: [],
      boundTo: [],
    });
  }
  for (const network of isMadeElsewhere(lab, hop) ? [] : distinctNetworks(hop)) {
    const below = [
      ...(hop.veth === undefined ? [] : [`veth:${name}`]),
      ...(network.datapath === "overlay" && lab.holdsSwarm !== undefined ? [SWARM_ID] : []),
    ];
    resources.push({
      ...common,
      kind: "network",
      id: networkId(network),
      spec: networkSpec(lab.name, network, hop.mtuBytes),
      needs: below,
      boundTo: below,
    });
  }
  return resources;
}

const SWARM_ID = "swarm:docker";

function swarmResource(lab: Lab, chains: readonly string[]): Resource {
  const spec = { address: SWARM_ADDRESS };
  return { kind: "swarm", id: SWARM_ID, lab: lab.name, spec, needs: [], inside: undefined, boundTo: [], chains };
}

function switchResources(lab: Lab, sw: LabSwitch, chains: readonly string[]): readonly Resource[] {
  const common = { lab: lab.name, chains, boundTo: [] };
  const pmdMask = sw.pmdCpus.reduce((mask, cpu) => mask | (1n << BigInt(cpu)), 0n);
  const mainMask = 1n << BigInt(sw.mainCpu);
  const runDirectory = sw.directory;
  const cards = sw.ports.flatMap(({ nic }) => (nic?.pci === undefined ? [] : [nicId(nic.name)]));
  return [
    {
      ...common,
      kind: "directory",
      id: "directory:switch",
      spec: { path: runDirectory },
      needs: [LAB_DIRECTORY_ID],
      inside: LAB_DIRECTORY_ID,
    },
    {
      ...common,
      kind: "switch",
      id: "switch:switch",
      spec: {
        container: sw.container,
        group: lab.group,
        hugePages: hugePagesOf(lab, "switch"),
        image: sw.image,
        cpus: [...new Set([...sw.pmdCpus, sw.mainCpu])].toSorted((a, b) => a - b),
        pmdCpus: sw.pmdCpus,
        ...parentOf(lab),
        labDirectory: lab.directory,
        runDirectory,
        ...switchPrivileges(sw),
        fixedConfig: {
          "dpdk-extra": dpdkExtra(sw),
          "dpdk-lcore-mask": `0x${mainMask.toString(16)}`,
          "dpdk-socket-limit": sw.memoryLimitMib.join(","),
        },
      },
      needs: ["directory:switch", ...cards],
      inside: undefined,
      // A card that was taken anew is not the one that DPDK opened.
      boundTo: ["directory:switch", ...cards],
    },
    {
      ...common,
      kind: "switch-config",
      id: "switch-config:switch",
      spec: {
        runDirectory,
        otherConfig: {
          "pmd-cpu-mask": `0x${pmdMask.toString(16)}`,
          "pmd-maxsleep": String(sw.settings.pmdMaxSleepUs),
          // Where every queue is pinned, how OVS would place the others says nothing.
          ...(sw.settings.rxqAssign !== "pinned" && { "pmd-rxq-assign": sw.settings.rxqAssign }),
          "tx-flush-interval": String(sw.settings.txFlushIntervalUs),
          "smc-enable": String(sw.settings.smc),
          "emc-insert-inv-prob": String(sw.settings.emcInsertInvProb),
          // Rebalancing in a trial would move a queue to another PMD and spoil it.
          "pmd-auto-lb": "false",
        },
      },
      needs: ["switch:switch"],
      inside: "switch:switch",
    },
  ];
}

function bridgeResources(lab: Lab, sw: LabSwitch, chains: readonly string[]): readonly Resource[] {
  const common = { lab: lab.name, chains, boundTo: [] };
  const cables = cableResources(lab, sw).map(({ id }) => id);
  const limits = limitResources(lab, sw);
  return [
    {
      ...common,
      kind: "bridge",
      id: "bridge:br0",
      spec: bridgeSpec(sw),
      // An NF listens on its vhost-user sockets: with them there first, OVS connects at once and not a second later.
      needs: [
        "switch-config:switch",
        ...new Set(sw.ports.filter(comesWithBridge).flatMap(({ nf }) => (nf === undefined ? [] : [`nf:${nf}`]))),
        ...cables,
      ],
      inside: "switch:switch",
      // A packet socket does not find an interface again that was made anew under the same name.
      boundTo: cables,
    },
    ...sw.ports.filter(isWired).map((port) => wiredPort(lab, sw, port)),
    ...sw.ports.flatMap((port) => (port.nic?.parent === undefined ? [] : [interfacePort(lab, sw, port, port.nic)])),
    ...sw.ports.flatMap((port) => (port.tunnel === undefined ? [] : [tunnelPort(lab, sw, port, port.tunnel)])),
    ...limits,
    {
      ...common,
      kind: "flows",
      id: "flows:br0",
      spec: {
        runDirectory: sw.directory,
        bridge: sw.bridge,
        flows: inOrder(sw).map((port) => flowOf(lab, port)),
        ...(!sw.settings.simpleMatch && { looksAtSource: true }),
      },
      // Before traffic can flow its limits are there.
      needs: ["bridge:br0", ...limits.map(({ id }) => id)],
      inside: "bridge:br0",
    },
  ];
}

function bridgeSpec(sw: LabSwitch): BridgeSpec {
  return {
    runDirectory: sw.directory,
    bridge: sw.bridge,
    ports: inOrder(sw)
      .filter(comesWithBridge)
      .map((port) => bridgePort(sw, port)),
  };
}

function isWired({ datapath, tunnel }: SwitchPort): boolean {
  return onWire(datapath) && tunnel === undefined;
}

function comesWithBridge({ datapath, tunnel, nic }: SwitchPort): boolean {
  return !onWire(datapath) && tunnel === undefined && nic?.parent === undefined;
}

function entrypointOf(nf: LabNf): { readonly entrypoint?: readonly string[] } {
  const entrypoint = nfEntrypoint(nf);
  return entrypoint === undefined ? {} : { entrypoint };
}

function networkId({ thing }: LabNetwork): string {
  return `network:${thing}`;
}

/** Every interface on a parent of ipvlan has the parent's MAC, and frames go to it. */
function parentsMac({ nfs }: Lab, { datapath, from }: LabHop): { readonly mac?: string } {
  const mac = nfs.find(({ name }) => name === from.nf)?.ports[from.port]?.mac;
  return datapath === "ipvlan" && mac !== undefined ? { mac } : {};
}

function hopDirectoryId({ chain, index }: LabHop): string {
  return `directory:hop.${chain}-${index}`;
}

/** NFs behind those that they connect to. Nobody waits for itself (see `withMemifs`). */
function serversFirst({ nfs, hops }: Lab): readonly LabNf[] {
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const servers = hops.flatMap(({ memif, from, to }) =>
      memif !== undefined && memif.server.nf !== name && (from.nf === name || to.nf === name) ? [memif.server.nf] : [],
    );
    const depth = Math.max(-1, ...servers.map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  return nfs.toSorted((a, b) => depthOf(a.name) - depthOf(b.name));
}

function nfResource(lab: Lab, nf: LabNf): Resource {
  const ways = nf.ports.flatMap((port) => {
    const hop = lab.hops[port.hop];
    if (hop === undefined) return [];
    const name = `${hop.chain}-${hop.index}`;
    return [
      ...(hop.networks === undefined || isMadeElsewhere(lab, hop) ? [] : [networkId(hop.networks[port.direction])]),
      ...(isInHostNamespace(port) ? [`veth:${name}`] : []),
      // The other end of its veth pair goes with the switch's network namespace.
      ...(onWire(hop.datapath) ? ["switch:switch"] : []),
      ...cardsOf(hop, port).map((nic) => nicId(nic.name)),
      ...(hop.memif === undefined ? [] : [hopDirectoryId(hop)]),
      // A memif's client does not come back to a server that is made anew.
      ...(hop.memif === undefined || port.role === "server" ? [] : [`nf:${hop.memif.server.nf}`]),
    ];
  });
  const elsewhere = networksElsewhere(lab, nf).map(networkId);
  // A container keeps the directory that it was started with, also when another has taken its place.
  const boundTo = [`directory:${nf.name}`, ...new Set(ways)];
  return {
    kind: "nf",
    id: `nf:${nf.name}`,
    lab: lab.name,
    spec: nfSpec(lab, nf),
    needs: boundTo,
    inside: undefined,
    boundTo,
    chains: nf.chains,
    ...(elsewhere.length > 0 && { elsewhere }),
    paths: Object.fromEntries(lab.chains.map(({ name, path }) => [name, path])),
  };
}

function parentOf({ cgroupParent }: Lab): Pick<NfContainerSpec, "cgroupParent"> {
  return cgroupParent === undefined ? {} : { cgroupParent };
}

function nfSpec(lab: Lab, nf: LabNf): NfContainerSpec {
  const inHost = nf.ports.some(isInHostNamespace);
  const onKernel = inHost || nf.ports.some((port) => !onSharedMemory(port));
  const onNetworks = nf.ports.some((port) => onDockerNetwork(port.datapath));
  const networkMode = inHost ? "host" : onNetworks ? "networks" : "none";
  // An image of the user's own gets SYS_ADMIN only by asking for it: whoever has it can leave the container.
  const drivesXdp = nf.app !== undefined && nf.ports.some(({ driver }) => driver === "af-xdp");
  const devices = vfioDevices(nf.ports.flatMap((port) => cardsOf(lab.hops[port.hop], port)));
  const shared = nf.ports.flatMap((port) => lab.hops[port.hop]?.memif?.directory ?? []);
  return {
    container: nf.container,
    group: lab.group,
    hugePages: hugePagesOf(lab, nf.name),
    nf: nf.name,
    app: nf.app,
    image: nf.image,
    ...entrypointOf(nf),
    command: nfCommand(lab, nf),
    env: nf.app === undefined ? { ...ownImageEnvironment(lab, nf), ...nf.env } : nf.env,
    cpus: [...new Set([nf.workerCpu, nf.mainCpu])].toSorted((a, b) => a - b),
    workerCpu: nf.workerCpu,
    ...parentOf(lab),
    // SYS_NICE for set_mempolicy, which Docker's seccomp profile blocks without it. Packet sockets need NET_RAW, IPC_LOCK for their locked rings, and
    // NET_ADMIN because the driver sets MAC and promiscuity of its interface when it starts.
    // AF_XDP loads a program into the kernel, which engines older than CAP_BPF allow to SYS_ADMIN alone.
    capabilities: [
      ...new Set([
        "SYS_NICE",
        ...(onKernel ? ["IPC_LOCK", "NET_RAW", "NET_ADMIN"] : []),
        ...(drivesXdp ? ["SYS_ADMIN"] : []),
        ...(nf.capabilities ?? []),
      ]),
    ],
    ...(nf.binds !== undefined && { binds: nf.binds }),
    // A frame whose address is not the container's must be dropped by its kernel, not forwarded.
    sysctls: sysctlsOf(nf, networkMode),
    ...(devices.length > 0 && { devices }),
    directory: nf.directory,
    ...(shared.length > 0 && { sharedDirectories: shared }),
    controlSocket: nf.controlSocket,
    networkMode,
    ports: nf.ports.map((port) => ({
      index: port.index,
      chain: port.chain,
      direction: port.direction,
      datapath: port.datapath,
      mac: port.mac,
      ipv4: port.ipv4,
      socket: port.socket,
      role: port.role,
      interface: port.interface,
      network: port.network,
      ...networkOf(lab, port),
      ...wireOf(lab, nf, port),
    })),
  };
}

/** Of a network that another host makes: made anew, it is another one, and so is the NF on it. */
function networkOf(lab: Lab, port: LabPort): Pick<NfContainerSpec["ports"][number], "networkDigest"> {
  const hop = lab.hops[port.hop];
  if (hop?.networks === undefined || !isMadeElsewhere(lab, hop)) return {};
  return { networkDigest: specDigest(networkSpec(lab.name, hop.networks[port.direction], hop.mtuBytes)) };
}

function sysctlsOf({ ports }: LabNf, networkMode: NfContainerSpec["networkMode"]): NfContainerSpec["sysctls"] {
  const wired = ports.some(({ datapath }) => onWire(datapath));
  return networkMode !== "host" && (networkMode === "networks" || wired) ? { "net.ipv4.ip_forward": "0" } : {};
}

function wireOf(lab: Lab, nf: LabNf, port: LabPort): Pick<NfContainerSpec["ports"][number], "wire"> {
  if (!onWire(port.datapath) || lab.switch === undefined) return {};
  const peer = switchPortName(nf.name, port.index);
  const wire = { container: lab.switch.container, peer, mtuBytes: port.mtuBytes };
  // The built-in NFs write whole frames; only a program on the kernel's sockets leaves checksums to an interface.
  return { wire: nf.app === undefined ? { ...wire, fullChecksums: true as const } : wire };
}

function hugePagesOf(lab: Lab, owner: string): number {
  return lab.hugePages.parts.find((part) => part.owner === owner)?.pages ?? 0;
}
