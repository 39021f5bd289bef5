import { HostError } from "../host/host.ts";
import type { UplinkSpec } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import type { Flow } from "../rpc/openflow/flow-mod.ts";
import { ALL_FLOWS } from "../rpc/openflow/openflow-client.ts";
import type { FlowStats } from "../rpc/openflow/stats.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Reader } from "./driver.ts";
import { interfacesOf } from "./namespace.ts";
import { openBridge } from "./ovs-connect.ts";

/** OpenFlow's number of the uplink's port. */
export const UPLINK_PORT = 1;
/** OpenFlow's number of a bridge's local port (OpenFlow 1.3.1, OFPP_LOCAL). */
const LOCAL = 0xffff_fffe;

/** What tunnels send leaves the bridge's local port; what comes for its MAC and a tunnel's UDP port OVS hands to the tunnel, the rest, ARP, to the kernel. */
export const UPLINK_FLOWS: readonly Flow[] = [
  { cookie: 0n, priority: 100, match: { inPort: UPLINK_PORT }, outputs: [LOCAL] },
  { cookie: 0n, priority: 100, match: { inPort: LOCAL }, outputs: [UPLINK_PORT] },
];

/** What is wrong with an uplink that the database knows of: changed from outside, or without a link. */
export async function uplinkProblem(reader: Reader, spec: UplinkSpec): Promise<Problem | undefined> {
  const { host, docker } = reader;
  const { State } = await docker.inspect(spec.container);
  const [state, mac, addresses, flows] = await Promise.all([
    host.read(`${interfacesOf(State.Pid)}/${spec.interface}/operstate`),
    host.read(`${interfacesOf(State.Pid)}/${spec.interface}/address`),
    host.read(`/proc/${State.Pid}/net/fib_trie`),
    flowsOf(reader, spec),
  ]);
  const text = problemText(spec, { state: state?.trim(), mac: mac?.trim(), addresses, flows });
  return text === undefined ? undefined : { text, repairable: false };
}

interface Found {
  readonly state: string | undefined;
  readonly mac: string | undefined;
  readonly addresses: string | undefined;
  readonly flows: readonly FlowStats[];
}

function problemText(spec: UplinkSpec, { state, mac, addresses, flows }: Found): string | undefined {
  const { interface: name, parent, bridge } = spec;
  if (state === undefined) return `has lost its interface ${name} on ${parent}`;
  // Some drivers never say more than "unknown".
  if (state !== "up" && state !== "unknown") return `has no link: is ${parent} up, and its cable in?`;
  if (mac !== spec.mac) return `${name} has the MAC ${mac} instead of ${spec.mac}`;
  const address = spec.address.replace(/\/.*/, "");
  if (addresses?.includes(`|-- ${address}\n`) === false) return `bridge ${bridge} has lost the address ${address}`;
  const same =
    flows.length === UPLINK_FLOWS.length &&
    UPLINK_FLOWS.every(({ match, outputs }) =>
      flows.some((flow) => flow.match.inPort === match.inPort && flow.outputs.join() === outputs.join()),
    );
  return same ? undefined : `the flows of bridge ${bridge} have been changed`;
}

/** A switch that does not answer shows none; that it does not is for the observer of the switch to say. */
async function flowsOf({ host }: Reader, { runDirectory, bridge }: UplinkSpec): Promise<readonly FlowStats[]> {
  try {
    await using client = await openBridge(host, runDirectory, bridge);
    return await client.flowStats(ALL_FLOWS);
  } catch (error) {
    if (error instanceof HostError || error instanceof RpcError) return [];
    throw error;
  }
}
