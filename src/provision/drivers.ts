import type { ResourceKind } from "../lab/resource.ts";
import { bridgeDriver } from "./bridge.ts";
import { cableDriver } from "./cable.ts";
import { directoryDriver } from "./directory.ts";
import type { Driver } from "./driver.ts";
import { flowsDriver } from "./flows.ts";
import { interfaceDriver } from "./interface.ts";
import { limitsDriver } from "./limits.ts";
import { networkDriver } from "./network.ts";
import { nfDriver } from "./nf.ts";
import { nicDriver } from "./nic.ts";
import { shaperDriver } from "./shaper.ts";
import { swarmDriver } from "./swarm.ts";
import { switchDriver } from "./switch.ts";
import { switchConfigDriver } from "./switch-config.ts";
import { portDriver } from "./switch-port.ts";
import { uplinkDriver } from "./uplink.ts";
import { vethDriver } from "./veth.ts";

const DRIVERS: { readonly [Kind in ResourceKind]: Driver<Kind> } = {
  directory: directoryDriver,
  veth: vethDriver,
  nic: nicDriver,
  cable: cableDriver,
  interface: interfaceDriver,
  swarm: swarmDriver,
  network: networkDriver,
  switch: switchDriver,
  "switch-config": switchConfigDriver,
  bridge: bridgeDriver,
  uplink: uplinkDriver,
  port: portDriver,
  limits: limitsDriver,
  flows: flowsDriver,
  shaper: shaperDriver,
  nf: nfDriver,
};

/** The driver of a kind of resource. */
export function driverOf<Kind extends ResourceKind>(kind: Kind): Driver<Kind> {
  return DRIVERS[kind] as Driver<Kind>;
}
