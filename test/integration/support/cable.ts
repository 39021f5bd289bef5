import { command } from "./command.ts";

/** One end of a cable: a container, by the number of its first process on this machine, and the address that it gets, if any. */
export interface CableEnd {
  readonly pid: number;
  readonly address?: string;
}

/**
 * Joins two containers by a pair of virtual Ethernet devices, and nothing else: no bridge, no firewall, no name of this machine's. Each end has this name inside.
 * It goes with either container.
 */
export async function plugCable(name: string, ends: readonly [CableEnd, CableEnd]): Promise<void> {
  const names = ends.map(({ pid }) => `cb${pid}`);
  const [here = "", there = ""] = names;
  await command("ip", "link", "add", here, "type", "veth", "peer", "name", there);
  for (const [i, { pid, address }] of ends.entries()) {
    const outside = names[i] ?? "";
    await command("ip", "link", "set", outside, "netns", String(pid));
    const inside = (...argv: readonly string[]) => command("nsenter", "--target", String(pid), "--net", "ip", ...argv);
    await inside("link", "set", outside, "name", name);
    if (address !== undefined) await inside("address", "add", address, "dev", name);
    await inside("link", "set", name, "up");
  }
}
