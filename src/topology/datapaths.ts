import type { Datapath } from "./topology.ts";

/** Whether packets pass the lab's OVS on their way from one NF to the next, whatever else the lab has; over `nic` it depends on the card. */
export function throughSwitch(datapath: Datapath): boolean {
  return datapath === "vhost-user" || onWire(datapath);
}

/** Whether a veth pair leads from the NF's network namespace into the switch's: OVS takes packets from it by AF_XDP, or through the kernel's packet sockets. */
export function onWire(datapath: Datapath): datapath is "af-xdp" | "ovs-veth" {
  return datapath === "af-xdp" || datapath === "ovs-veth";
}

/** Whether OVS, where it has the port, polls it on a poll-mode thread; its main thread serves the others beside all else that it does. */
export function polledByPmd(datapath: Datapath): boolean {
  return (throughSwitch(datapath) || datapath === "nic") && datapath !== "ovs-veth";
}

/** The datapaths whose network Docker makes, and on which it gives the NF's container an interface with an address. */
export type DockerDatapath = "docker-bridge" | "macvlan" | "ipvlan" | "overlay";

/** Whether Docker makes the network of a hop. */
export function onDockerNetwork(datapath: Datapath): datapath is DockerDatapath {
  return datapath === "docker-bridge" || datapath === "macvlan" || datapath === "ipvlan" || datapath === "overlay";
}

/** Whether the containers' interfaces lie on another interface, their parent. */
export function onParent(datapath: Datapath): datapath is "macvlan" | "ipvlan" {
  return datapath === "macvlan" || datapath === "ipvlan";
}
