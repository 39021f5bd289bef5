import { allEnded } from "../host/all-ended.ts";
import { disposeAll } from "../host/dispose-all.ts";
import { type ControlledApp, controlledApp, type Lab, type LabNf } from "../lab/lab.ts";
import type { HostReader, Reader } from "../provision/driver.ts";
import { openBridge, openNamedCounters, openOvsControl } from "../provision/ovs-connect.ts";
import { type LiveLab, openNf } from "../provision/verify.ts";
import type { NfControl } from "../rpc/nf-control/nf-control.ts";
import type { OpenFlowClient } from "../rpc/openflow/openflow-client.ts";
import type { OvsControl } from "../rpc/ovs-control/ovs-control.ts";

/** The control connections of a lab that is up: opened once, used by every trial, closed with the lab. */
export interface LabControls extends AsyncDisposable {
  readonly lab: Lab;
  readonly live: LiveLab;
  readonly host: HostReader;
  readonly tokenBuckets: Reader["tokenBuckets"];
  readonly nfs: readonly NfHandle[];
  readonly switch: SwitchControls | undefined;
}

/** What drives and counts the traffic of a lab that is up: on its one host, or on all of them. */
export interface DrivenLab extends AsyncDisposable {
  readonly lab: Lab;
  /** Of all hosts. */
  readonly nfs: readonly NfHandle[];
  /** In the order of the lab's parts; one for a lab on one host. */
  readonly hosts: readonly DrivenHost[];
}

/** The part of a lab that is on one host. */
export interface DrivenHost {
  /** Name of the host; undefined of a lab on one host. */
  readonly host: string | undefined;
  readonly controls: LabControls;
}

/** A lab that is up as one thing to drive. Disposing of it closes the connections to all hosts. */
export function drivenLab(lab: Lab, hosts: readonly DrivenHost[]): DrivenLab {
  return {
    lab,
    nfs: hosts.flatMap(({ controls }) => controls.nfs),
    hosts,
    ...disposeAll(hosts.map(({ controls }) => controls)),
  };
}

/** The same lab with traffic that may be other: arms of a comparison can share one. */
export function withTraffic(driven: DrivenLab, lab: Lab): DrivenLab {
  const hosts = driven.hosts.map(({ host, controls }) => ({
    host,
    controls: { ...controls, lab: lab.parts?.find((part) => part.host === host)?.lab ?? lab },
  }));
  return { ...driven, lab, hosts };
}

export interface SwitchControls {
  readonly control: OvsControl;
  readonly bridge: OpenFlowClient;
  /** Tells what policers dropped; undefined where no hop has one at its egress. */
  readonly named: OpenFlowClient | undefined;
}

/** A built-in NF and its control connection, told apart by the app. */
export type NfHandle = {
  [App in ControlledApp]: { readonly app: App; readonly nf: LabNf; readonly control: NfControl<App> };
}[ControlledApp];

/** Connects to everything in the lab that counts or is driven. */
export async function openLab(
  { host, tokenBuckets }: Pick<Reader, "host" | "tokenBuckets">,
  lab: Lab,
  live: LiveLab,
): Promise<LabControls> {
  const connections: AsyncDisposable[] = [];
  const all = disposeAll(connections);
  const keep: Keep = (opened) => {
    connections.push(opened);
    return opened;
  };
  const openNfHandle = async (nf: LabNf): Promise<NfHandle> => {
    const handle = await openHandle(host, nf);
    keep(handle.control);
    return handle;
  };
  try {
    const nfs = await allEnded(lab.nfs.filter((nf) => controlledApp(nf) !== undefined).map(openNfHandle));
    const ovs = lab.switch === undefined ? undefined : await openSwitch(host, lab, keep);
    return { lab, live, host, tokenBuckets, nfs, switch: ovs, ...all };
  } catch (error) {
    await all[Symbol.asyncDispose]();
    throw error;
  }
}

/** Connects to the control socket of a built-in NF. */
export async function openHandle(host: HostReader, nf: LabNf): Promise<NfHandle> {
  switch (controlledApp(nf)) {
    case "pktgen":
      return { app: "pktgen", nf, control: await openNf(host, nf, "pktgen") };
    case "stats":
      return { app: "stats", nf, control: await openNf(host, nf, "stats") };
    case "l2fwd":
      return { app: "l2fwd", nf, control: await openNf(host, nf, "l2fwd") };
    case "impair":
      return { app: "impair", nf, control: await openNf(host, nf, "impair") };
    case undefined:
      throw new Error(`internal: NF ${nf.name} has no control socket`);
  }
}

/** Takes note of a connection as soon as it is open, so that it is closed though the next one fails. */
type Keep = <Opened extends AsyncDisposable>(opened: Opened) => Opened;

async function openSwitch(host: HostReader, { hops, switch: sw }: Lab, keep: Keep): Promise<SwitchControls> {
  const [directory, bridge] = [sw?.directory ?? "", sw?.bridge ?? ""];
  const policed = hops.some(({ datapath, limit }) => datapath === "vhost-user" && limit?.at === "egress");
  return {
    control: keep(await openOvsControl(host, directory)),
    bridge: keep(await openBridge(host, directory, bridge)),
    named: policed ? keep(await openNamedCounters(host, directory, bridge)) : undefined,
  };
}
