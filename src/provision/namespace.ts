import { type Host, HostError } from "../host/host.ts";

/** Where a process with the container's file system and network namespace sees its interfaces: a container sees those of its own namespace in its sysfs. */
export function interfacesOf(pid: number): string {
  return `/proc/${pid}/root/sys/class/net`;
}

/** Runs commands of ip(8) in the network namespace of a process, one after another. Throws {@link HostError} at the first that fails. */
export async function ipInNamespace(host: Host, pid: number, commands: readonly string[]): Promise<void> {
  const result = await host.run(["nsenter", "--target", String(pid), "--net", "ip", "-batch", "-"], {
    stdin: `${commands.join("\n")}\n`,
  });
  if (result.exitCode !== 0) throw new HostError(host.name, `ip ${commands.join("; ip ")}`, result.stderr.trim());
}

/** Whether the kernel has IPv6, whose own announcements NFs would count as foreign packets. */
export async function hasIpv6(host: Pick<Host, "read">): Promise<boolean> {
  return (await host.read("/proc/sys/net/ipv6/conf/all/disable_ipv6")) !== undefined;
}
