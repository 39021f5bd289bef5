import type { Lab, LabNic, LabSwitch, SwitchPort } from "./lab.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { labNics } from "./nic.ts";
import { devargs, interfaceId } from "./nic-resources.ts";
import type { BridgePortSpec, Resource } from "./resource.ts";

/** A port that comes with the bridge: vhost-user towards an NF, or a network card. */
export function bridgePort(sw: LabSwitch, port: SwitchPort): BridgePortSpec {
  const { settings } = sw;
  return {
    name: port.name,
    ofport: port.ofport,
    ...(port.nic === undefined
      ? {
          type: "dpdkvhostuserclient",
          options: { "vhost-server-path": port.socket ?? "", "tx-retries-max": String(settings.txRetries) },
        }
      : { type: "dpdk", options: { "dpdk-devargs": devargs(port.nic, sw.mtuBytes) } }),
    otherConfig: {
      ...affinityConfig(sw, port),
      ...(settings.txSteering !== "thread" && { "tx-steering": settings.txSteering }),
    },
    ...largeMtu(sw),
  };
}

function affinityConfig({ settings }: LabSwitch, { queueCpus }: SwitchPort): Readonly<Record<string, string>> {
  if (settings.rxqAssign !== "pinned") return {};
  return { "pmd-rxq-affinity": queueCpus.map((cpu, queue) => `${queue}:${cpu}`).join(",") };
}

/** OVS does not find an interface again that was made anew under the same name: its port is made anew with the NF. */
export function wiredPort(lab: Lab, sw: LabSwitch, port: SwitchPort): Resource {
  const nf = `nf:${port.nf}`;
  return {
    kind: "port",
    id: `port:${port.name}`,
    lab: lab.name,
    spec: { runDirectory: sw.directory, bridge: sw.bridge, port: wiredPortSpec(sw, port) },
    needs: ["bridge:br0", nf],
    inside: "bridge:br0",
    boundTo: [nf],
    chains: lab.nfs.flatMap(({ name, ports }) =>
      name === port.nf ? ports.filter(({ index }) => index === port.port).map(({ chain }) => chain) : [],
    ),
  };
}

function wiredPortSpec(sw: LabSwitch, port: SwitchPort): BridgePortSpec {
  const { name, ofport, datapath } = port;
  const common = { name, ofport };
  if (datapath !== "af-xdp") return { ...common, type: "", options: {}, otherConfig: {} };
  return {
    ...common,
    type: "afxdp",
    // A veth is sent to at once, by the system call itself: waking it only where it asks for it costs more than it saves.
    options: { "xdp-mode": "native", "use-need-wakeup": "false" },
    otherConfig: affinityConfig(sw, port),
  };
}

/** The port on an interface of the host's: of AF_XDP in generic mode, since a macvlan has no driver of its own for it. */
export function interfacePort(lab: Lab, sw: LabSwitch, port: SwitchPort, { name }: LabNic): Resource {
  const needs = [interfaceId(name)];
  return {
    kind: "port",
    id: `port:${port.name}`,
    lab: lab.name,
    spec: {
      runDirectory: sw.directory,
      bridge: sw.bridge,
      port: {
        name: port.name,
        ofport: port.ofport,
        type: "afxdp",
        options: { "xdp-mode": "generic", "use-need-wakeup": "false" },
        otherConfig: affinityConfig(sw, port),
      },
    },
    needs: ["bridge:br0", ...needs],
    inside: "bridge:br0",
    boundTo: needs,
    chains: lab.hops.flatMap((hop) => (labNics([hop]).some((nic) => nic.name === name) ? [hop.chain] : [])),
  };
}

/** Only what differs from the usual is in a spec. */
export function largeMtu({ mtuBytes }: { readonly mtuBytes: number }): { readonly mtuBytes?: number } {
  return mtuBytes > USUAL_MTU_BYTES ? { mtuBytes } : {};
}
