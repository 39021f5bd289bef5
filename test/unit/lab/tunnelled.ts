import type { Lab, SwitchPort } from "../../../src/lab/lab.ts";
import { tunnelPortName } from "../../../src/lab/names.ts";
import { labUplink, type TunnelKind } from "../../../src/lab/tunnel.ts";

/** Where one half of a chain is on the network, and where the other. */
export interface Half {
  /** The NF that the lab keeps of the two. */
  readonly keeps: "gen" | "sink";
  readonly kind: TunnelKind;
  readonly parent: string;
  readonly address: string;
  readonly remote: string;
  readonly remoteMac: string;
}

/** What the halves of all labs take for the lab's name, which decides the MACs of their uplinks. */
export const TUNNELLED = "tunnelled";

/** The half of a lab of a generator and a receiver that is on one host: in place of the other NF's port its switch has a tunnel. */
export function tunnelled(lab: Lab, { keeps, kind, parent, address, remote, remoteMac }: Half): Lab {
  const uplink = labUplink(TUNNELLED, keeps, parent, address);
  if (lab.switch === undefined) throw new Error(`lab ${lab.name} has no switch`);
  // Numbers tell the ports of both hosts apart, as they do in a lab that is measured.
  const numbered = keeps === "gen" ? 0 : 4_000;
  const own = lab.switch.ports.map((port) => ({
    ...port,
    ofport: port.ofport + numbered,
    outputTo: port.outputTo + numbered,
  }));
  const ports = own.map((port): SwitchPort => {
    if (port.nf === keeps) return port;
    const tunnel = { kind, remote, remoteMac, key: 77 };
    return { ...port, name: tunnelPortName("main", 0), nf: undefined, port: undefined, socket: undefined, tunnel };
  });
  return {
    ...lab,
    nfs: lab.nfs.filter(({ name }) => name === keeps),
    switch: { ...lab.switch, ports, uplink },
  };
}
