import type { DockerFacts } from "./host-facts.ts";
import type { Lab } from "./lab.ts";

/** The root of all control groups, as each driver calls it. */
const ROOT_GROUP: Readonly<Record<NonNullable<DockerFacts["cgroupDriver"]>, string>> = {
  cgroupfs: "/",
  systemd: "-.slice",
};

/**
 * Each container's control group is a child of the root, not of one that it shares with containers on other CPUs. The kernel divides the weight of a group among the
 * CPUs by the load that it has on each, anew with every thread that goes to sleep or wakes, and Linux 6.13 to 6.18.44 puts the group ahead of its neighbours each time
 * (commit 6d71a9c61604, taken back by 101f3498b4bd). With the switch polling on one CPU and NFs that sleep and wake on another, both below `/docker`, no other process
 * and no thread of the kernel got that CPU for minutes.
 */
export function containersGroup({ cgroupDriver }: Pick<DockerFacts, "cgroupDriver">): Pick<Lab, "cgroupParent"> {
  return cgroupDriver === undefined ? {} : { cgroupParent: ROOT_GROUP[cgroupDriver] };
}
