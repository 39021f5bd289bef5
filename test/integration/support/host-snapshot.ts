import { readdir, readFile } from "node:fs/promises";
import { command, lines } from "./command.ts";

/** All that a lab could leave behind on a host, as the machine's own tools show it. */
export interface HostSnapshot {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly links: readonly string[];
  readonly labDirectories: readonly string[];
  readonly freeHugePages: number;
  readonly firewall: readonly string[];
}

/** Takes stock. Labs that are not of these tests do not count, so that other people may use the machine at the same time. */
export async function hostSnapshot(): Promise<HostSnapshot> {
  const [containers, networks, volumes, links, labDirectories, meminfo, firewall] = await Promise.all([
    lines("docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.ID}}"),
    lines("docker", "network", "ls", "--no-trunc", "--format", "{{.Name}} {{.ID}}"),
    lines("docker", "volume", "ls", "--quiet"),
    lines("ip", "-oneline", "link"),
    readdir("/run/corebed").catch(() => []),
    readFile("/proc/meminfo", "utf8"),
    command("iptables", "-S").then((text) => text.split("\n")),
  ]);
  return {
    containers: containers.filter(isNotOfOthers).toSorted(),
    networks: networks.filter(isNotOfOthers).toSorted(),
    volumes: volumes.toSorted(),
    links: links.map((line) => line.split(": ")[1] ?? "").toSorted(),
    labDirectories: labDirectories.filter((name) => name.startsWith("it-")).toSorted(),
    freeHugePages: Number(/^HugePages_Free:\s+(\d+)/m.exec(meminfo)?.[1]),
    // Docker moves its own rules to the top when it makes a network, and leaves doubles when it is restarted.
    firewall: [...new Set(firewall)].toSorted(),
  };
}

function isNotOfOthers(line: string): boolean {
  return !line.startsWith("corebed") || /^corebed[._]it-/.test(line);
}
