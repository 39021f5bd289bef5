import type { Lab, LabNf, LabPort } from "./lab.ts";
import { memifDevice } from "./memif.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { standInOptions } from "./nic.ts";
import { TESTPMD, testpmdCommand } from "./testpmd-command.ts";
import { virtioDevice } from "./virtio.ts";

/** argv of an NF's container: that of the built-in app (images/nf), or the user's own; undefined leaves it to the image. */
export function nfCommand(lab: Pick<Lab, "nfs" | "hops">, nf: LabNf): readonly string[] | undefined {
  if (nf.app === "testpmd") return testpmdCommand(lab, nf);
  if (nf.app === undefined || nf.controlSocket === undefined) return nf.command;
  return [
    nf.app,
    "--cpu",
    String(nf.workerCpu),
    "--main-cpu",
    String(nf.mainCpu),
    "--memory-mib",
    String(nf.memoryMib),
    "--control",
    nf.controlSocket,
    ...(nf.sharesCpu ? ["--yield"] : []),
    ...(nf.also === undefined ? [] : ["--also", nf.also]),
    ...nf.ports.flatMap((port) => ["--port", portArgument(port)]),
  ];
}

function portArgument(port: LabPort): string {
  return `${deviceOf(port)}${port.mtuBytes > USUAL_MTU_BYTES ? `,mtu=${port.mtuBytes}` : ""}`;
}

function deviceOf(port: LabPort): string {
  switch (port.datapath) {
    case "nic":
      return port.device === undefined ? virtioUser(port) : cardOf(port, port.device);
    case "vhost-user":
      return virtioUser(port);
    case "memif":
      return `driver=memif,${memifDevice(port)},mac=${port.mac},queue_size=${port.queueSize}`;
    case "none":
      return "driver=null,no-rx=1";
    case "host":
    case "af-xdp":
    case "ovs-veth":
      return `driver=${kernelDriver(port)},iface=${port.interface},mac=${port.mac}${queue(port)}`;
    case "docker-bridge":
    case "macvlan":
    case "ipvlan":
    case "overlay":
      return `driver=${kernelDriver(port)},ip=${port.ipv4}${queue(port)}`;
  }
}

function kernelDriver({ driver }: LabPort): string {
  return driver === "af-xdp" ? "af_xdp" : "af_packet";
}

function virtioUser(port: LabPort): string {
  return `driver=virtio-user,path=${port.socket},mac=${port.mac},queue_size=${port.queueSize}${virtioDevice(port)}`;
}

/** A card is the NF's by its PCI address, a stand-in by its interface. */
function cardOf({ interface: standIn, mac, queueSize, mtuBytes }: LabPort, device: string): string {
  const stands = standIn === undefined ? "" : `,iface=${standIn},${standInOptions(mtuBytes)}`;
  return `driver=device,device=${device}${stands},mac=${mac},queue_size=${queueSize}`;
}

/** Packet sockets pass the interface's queue by, which costs less, unless it has something to do. */
function queue({ queued }: LabPort): string {
  return queued === true ? ",qdisc_bypass=0" : "";
}

/** Program of an NF's container where it is not the image's own. */
export function nfEntrypoint(nf: LabNf): readonly string[] | undefined {
  return nf.app === "testpmd" ? [TESTPMD] : undefined;
}
