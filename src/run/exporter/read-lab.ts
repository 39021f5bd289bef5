import type { HostReader, Reader } from "../../provision/driver.ts";
import { openOvsControl } from "../../provision/ovs-connect.ts";
import { openNf } from "../../provision/verify.ts";
import type { NfStats } from "../../rpc/nf-control/messages.ts";
import type { NfControl } from "../../rpc/nf-control/nf-control.ts";
import { NETDEV_DATAPATH } from "../../rpc/ovs-control/ovs-control.ts";
import type { BridgePorts } from "./bridge-ports.ts";
import { boundedHost, type Deadline, within } from "./deadline.ts";
import type { FoundLab, FoundNf, FoundSwitch } from "./found-lab.ts";
import type { LabReading, NfReading, SwitchReading } from "./reading.ts";

/**
 * Reads all counters of a lab, each source on a connection of its own, all at once: connecting to a Unix socket costs next to nothing, and there is no
 * connection to mend when an NF was started again. Only control threads are asked, and sysfs; a container that is paused or has ended is not asked at all.
 */
export async function readLab(
  lab: FoundLab,
  reader: Reader,
  bridges: BridgePorts,
  deadline: Deadline,
): Promise<LabReading> {
  const host = boundedHost(reader.host, deadline);
  const [nfs, ovs] = await Promise.all([
    Promise.all(lab.nfs.map((nf) => readNf(nf, { ...reader, host }, bridges, deadline))),
    lab.switch?.running === true ? within(deadline, readSwitch(lab.switch, host, deadline)) : undefined,
  ]);
  return { lab, nfs, switch: ovs };
}

async function readNf(nf: FoundNf, reader: Reader, bridges: BridgePorts, deadline: Deadline): Promise<NfReading> {
  const absent: NfReading = { nf, stats: undefined, bridgePorts: new Map() };
  const { app, nf: name, controlSocket } = nf.spec;
  if (!nf.running || app === undefined || controlSocket === undefined) return absent;
  const asked = async (): Promise<NfReading> => {
    await using control = await openNf(reader.host, { name, controlSocket }, app);
    const timeoutMs = deadline.remainingMs();
    const [stats, ports] = await Promise.all([
      (control as NfControl<typeof app>).stats({ timeoutMs }) as Promise<NfStats>,
      within(
        deadline,
        bridges.read(reader, nf, () => control.info({ timeoutMs })),
      ),
    ]);
    return { nf, stats, bridgePorts: ports ?? new Map() };
  };
  return (await within(deadline, asked())) ?? absent;
}

/**
 * One connection to vswitchd's main thread tells it all. The database would be one more, and ovsdb-server is free to answer on a PMD's CPU.
 */
async function readSwitch({ spec }: FoundSwitch, host: HostReader, deadline: Deadline): Promise<SwitchReading> {
  await using control = await openOvsControl(host, spec.runDirectory);
  const options = () => ({ timeoutMs: deadline.remainingMs() });
  const { ports } = await control.datapathStats(NETDEV_DATAPATH, options());
  const queues = await control.pmdQueues(options());
  const pmds = await control.pmdStats(options());
  return { ports, queues, pmds };
}
