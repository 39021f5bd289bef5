import type { LabSwitch, SwitchPort } from "../lab/lab.ts";
import type { LabTunnel } from "../lab/tunnel.ts";
import type { OvsControl } from "../rpc/ovs-control/ovs-control.ts";
import type { World } from "./driver.ts";
import { openOvsControl } from "./ovs-connect.ts";
import { TimedOutError, until } from "./until.ts";

/** The other host's switch may be up a little later, and OVS asks once for each look. */
const PEER_TIMEOUT_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** Nobody is there where a tunnel is to end. */
export class TunnelError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TunnelError";
  }
}

/**
 * Waits until OVS knows the MAC that each tunnel's packets go to, for it drops packets while it asks. A trace of a packet makes it ask, by ARP, without sending
 * the packet. Throws {@link TunnelError} for an address that nobody answers for.
 */
export async function awaitTunnelPeers(sw: LabSwitch, world: World): Promise<void> {
  const tunnels = sw.ports.flatMap(({ tunnel, ...port }) => (tunnel === undefined ? [] : [{ ...port, tunnel }]));
  if (tunnels.length === 0) return;
  await using control = await openOvsControl(world.host, sw.directory);
  await Promise.all(tunnels.map((port) => awaitPeer(control, sw, port, world.signal)));
}

async function awaitPeer(
  control: OvsControl,
  sw: LabSwitch,
  { name, ofport, tunnel }: Omit<SwitchPort, "tunnel"> & { readonly tunnel: LabTunnel },
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  const reached = async (): Promise<string | undefined> => {
    last = await control.command("ofproto/trace-packet-out", [sw.bridge, "in_port=LOCAL", String(ofport)], { signal });
    return /tunneling from \S+ \S+ to (?<mac>\S+)/.exec(last)?.groups?.mac;
  };
  const what = `an answer from ${tunnel.remote}`;
  try {
    const mac = await until(reached, { what, timeoutMs: PEER_TIMEOUT_MS, intervalMs: LOOK_EVERY_MS, signal });
    if (tunnel.remoteMac !== undefined && mac !== tunnel.remoteMac) {
      throw new TunnelError(
        `tunnel ${name} (${tunnel.kind}): ${mac} answers for ${tunnel.remote}, and not the lab's switch on the other host (${tunnel.remoteMac}): ` +
          "another machine, or a host itself, has this address; give the tunnel one that is free",
      );
    }
  } catch (error) {
    if (!(error instanceof TimedOutError)) throw error;
    throw new TunnelError(`tunnel ${name} (${tunnel.kind}) does not reach ${tunnel.remote}: ${reason(last, sw)}`);
  }
}

function reason(trace: string, { uplink }: LabSwitch): string {
  const own = uplink?.address ?? "no address";
  if (!trace.includes("neighbor cache miss")) {
    return `the switch, ${own}, has no route to it; both ends must be in one network`;
  }
  return (
    `nobody answers for that address (ARP, from ${own} on ${uplink?.parent}). Is the lab up on the other host, are both hosts' interfaces up and on one network, ` +
    "and does the network pass frames with more than one MAC from a port (virtual switches call it MAC spoofing or forged transmits)?"
  );
}
