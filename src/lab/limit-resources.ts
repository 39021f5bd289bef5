import type { Lab, LabHop, LabPort, LabSwitch, PortRef, SwitchPort } from "./lab.ts";
import { egressPolicing, ingressPolicing, isShaped, metering, roundedBurst } from "./limit.ts";
import type { FlowSpec, PortLimitSpec, Resource } from "./resource.ts";

/** The flow that everything from a port follows, through the meter of its hop if that has one. */
export function flowOf(lab: Lab, port: SwitchPort): FlowSpec {
  const hop = hopFrom(lab, port);
  const flow = { inPort: port.ofport, output: port.outputTo };
  return hop?.limit?.at === "meter" ? { ...flow, meter: metering(hop.limit, lab.traffic) } : flow;
}

/** Ports in the order in which OVS's tables are read back: by their numbers. */
export function inOrder({ ports }: LabSwitch): readonly SwitchPort[] {
  return ports.toSorted((a, b) => a.ofport - b.ofport);
}

/** The policers of a switch's ports; none if no hop asks for one. */
export function limitResources(lab: Lab, sw: LabSwitch): readonly Resource[] {
  const ports = inOrder(sw).flatMap((port) => portLimit(lab, port));
  if (ports.length === 0) return [];
  return [
    {
      kind: "limits",
      id: `limits:${sw.bridge}`,
      lab: lab.name,
      spec: { runDirectory: sw.directory, bridge: sw.bridge, ports },
      needs: [`bridge:${sw.bridge}`],
      inside: `bridge:${sw.bridge}`,
      boundTo: [],
      chains: lab.chains.map(({ name }) => name),
    },
  ];
}

/** Packets are policed where they come out of a hop's first NF, or where they go to its second. */
function portLimit(lab: Lab, port: SwitchPort): readonly PortLimitSpec[] {
  const [out, into] = [hopFrom(lab, port), lab.hops.find(({ to }) => isAt(to, port))];
  const ingress = out?.limit?.at === "ingress" ? ingressPolicing(out.limit, lab.traffic) : undefined;
  const egress = into?.limit?.at === "egress" ? egressPolicing(into.limit, lab.traffic) : undefined;
  if (ingress === undefined && egress === undefined) return [];
  return [{ name: port.name, ...(ingress !== undefined && { ingress }), ...(egress !== undefined && { egress }) }];
}

/** The queue of the sender's kernel interface that holds the rate of a hop; none where something else does. */
export function shaperResources(lab: Lab, hop: LabHop): readonly Resource[] {
  const nf = lab.nfs.find(({ name }) => name === hop.from.nf);
  const port: LabPort | undefined = nf?.ports[hop.from.port];
  if (hop.limit === undefined || !isShaped(hop) || nf === undefined || port === undefined) return [];
  const { rateBps, burstBytes } = hop.limit;
  // A veth pair is there before its NF; the interfaces of a Docker network come and go with the container.
  const home = hop.datapath === "host" ? `veth:${hop.chain}-${hop.index}` : `nf:${nf.name}`;
  return [
    {
      kind: "shaper",
      id: `shaper:${nf.name}-p${port.index}`,
      lab: lab.name,
      spec: {
        container: nf.container,
        interface: port.interface,
        mac: port.mac,
        // The kernel keeps whole bytes per second.
        rateBps: Math.round(rateBps / 8) * 8,
        burstBytes: roundedBurst(burstBytes),
      },
      needs: [...new Set([home, `nf:${nf.name}`])],
      inside: home,
      boundTo: [],
      chains: [hop.chain],
    },
  ];
}

function hopFrom({ hops }: Lab, port: SwitchPort): LabHop | undefined {
  return hops.find(({ from }) => isAt(from, port));
}

function isAt(ref: PortRef, port: SwitchPort): boolean {
  return ref.nf === port.nf && ref.port === port.port;
}
