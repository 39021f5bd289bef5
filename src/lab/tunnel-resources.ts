import type { Lab, LabSwitch, SwitchPort } from "./lab.ts";
import type { Resource } from "./resource.ts";
import type { LabTunnel } from "./tunnel.ts";

const UPLINK_ID = "uplink:switch";

/** The way from the lab's switch to those of its other hosts. */
export function uplinkResources(lab: Lab, sw: LabSwitch): readonly Resource[] {
  const { uplink, container, directory: runDirectory, settings, pmdCpus } = sw;
  if (uplink === undefined) return [];
  return [
    {
      kind: "uplink",
      id: UPLINK_ID,
      lab: lab.name,
      spec: {
        container,
        runDirectory,
        ...uplink,
        // A PMD that queues are pinned to polls no others.
        otherConfig: settings.rxqAssign === "pinned" ? { "pmd-rxq-affinity": `0:${pmdCpus[0] ?? 0}` } : {},
      },
      needs: ["switch-config:switch"],
      inside: "switch:switch",
      boundTo: [],
      chains: lab.chains.map(({ name }) => name),
    },
  ];
}

/** A tunnel to the switch of another host. */
export function tunnelPort(lab: Lab, sw: LabSwitch, port: SwitchPort, tunnel: LabTunnel): Resource {
  const { name, ofport, outputTo } = port;
  const near = sw.ports.find((candidate) => candidate.ofport === outputTo);
  const ports = lab.nfs.find((nf) => nf.name === near?.nf)?.ports ?? [];
  return {
    kind: "port",
    id: `port:${name}`,
    lab: lab.name,
    spec: {
      runDirectory: sw.directory,
      bridge: sw.bridge,
      port: {
        name,
        ofport,
        type: tunnel.kind,
        options: {
          remote_ip: tunnel.remote,
          ...(sw.uplink !== undefined && { local_ip: sw.uplink.address.replace(/\/.*/, "") }),
          key: String(tunnel.key),
        },
        otherConfig: {},
      },
    },
    needs: ["bridge:br0", UPLINK_ID],
    inside: "bridge:br0",
    boundTo: [],
    chains: ports.filter(({ index }) => index === near?.port).map(({ chain }) => chain),
  };
}
