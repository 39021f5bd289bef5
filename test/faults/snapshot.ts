import { readdir, readFile, readlink } from "node:fs/promises";
import { command, lines } from "../integration/support/command.ts";

/** Labs of this suite, and nobody else's, have names that begin with this. */
export const PREFIX = "fault-";

/**
 * All that a lab could leave behind on a host, as the machine's own tools show it. Huge pages are not counted, for they are all people's: what holds them, a process
 * or a file in a hugetlbfs, is.
 */
export interface Snapshot {
  /** What carries the name of a lab of this suite: must be empty where no lab is. */
  readonly ours: readonly string[];
  /** What carries no lab's name: must be as before. */
  readonly shared: readonly string[];
}

/** Takes stock of the host. `directory` is where commands of the suite write files. */
export async function takeSnapshot(directory: string): Promise<Snapshot> {
  const [containers, networks, links, volumes, filter, nat, labs, unix, mounts, processes, shims] = await Promise.all([
    lines("docker", "ps", "--all", "--format", "{{.Names}}"),
    lines("docker", "network", "ls", "--format", "{{.Name}}"),
    lines("ip", "-oneline", "link"),
    lines("docker", "volume", "ls", "--quiet"),
    lines("iptables", "-S"),
    lines("iptables", "-t", "nat", "-S"),
    list("/run/corebed"),
    readFile("/proc/net/unix", "utf8"),
    readFile("/proc/mounts", "utf8"),
    processesOfLabs(),
    strayShims(),
  ]);
  const [unfinished, progress, nics, remoteLocks, pageFiles, state] = await Promise.all([
    list(directory).then((names) => names.filter((name) => name.endsWith(".part"))),
    deadProgress(),
    list("/run/corebed-nics"),
    list("/run/corebed-lock"),
    hugePageFiles(mounts),
    command("find", "-L", "/var/lib/corebed", "-type", "f").catch(() => ""),
  ]);
  const aliases = links.flatMap((link) => / alias corebed:([^:]+):/.exec(link)?.[1] ?? []);
  const sockets = unix.split("\n").flatMap((line) => / (@?\S*corebed\/.*)$/.exec(line)?.[1] ?? []);
  const marked = [
    ...containers.map((name) => `container ${name}`),
    ...networks.map((name) => `network ${name}`),
    ...aliases.map((name) => `veth of corebed.${name}`),
    ...labs.map((name) => `directory /run/corebed/${name}`),
    ...sockets.map((name) => `socket ${name}`),
    ...mounts.split("\n").map((line) => `mount ${line}`),
    ...processes,
  ];
  return {
    ours: [
      ...marked.filter((item) => OURS.test(item)),
      ...unfinished.map((name) => `file ${name}`),
      ...progress.map((name) => `file /run/corebed-progress/${name}`),
    ].toSorted(),
    shared: [
      ...links.map((line) => `interface ${line.split(": ")[1]?.split("@")[0]}`),
      ...volumes.map((name) => `volume ${name}`),
      // Docker moves its own rules to the top when it makes a network, and leaves doubles when it is restarted.
      ...new Set(filter.map((rule) => `iptables ${rule}`)),
      ...new Set(nat.map((rule) => `iptables nat ${rule}`)),
      ...nics.map((name) => `file /run/corebed-nics/${name}`),
      ...remoteLocks.map((name) => `file /run/corebed-lock/${name}`),
      ...pageFiles,
      ...shims,
      ...state.split("\n").map((path) => `file ${path}`),
    ].toSorted(),
  };
}

const OURS = new RegExp(`corebed(\\.|/|/lock/lab )(corebed\\.)?${PREFIX}`);

/** What is there now and was not before, and the other way round. */
export function differences(before: Snapshot, now: Snapshot): readonly string[] {
  return [
    ...missing(now.ours, before.ours),
    ...missing(now.shared, before.shared),
    ...missing(before.shared, now.shared).map((item) => `no more: ${item}`),
  ];
}

function missing(items: readonly string[], from: readonly string[]): readonly string[] {
  return items.filter((item) => !from.includes(item));
}

async function list(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => []);
}

/** Files in which a process that is gone told how far it is. */
async function deadProgress(): Promise<readonly string[]> {
  const names = await list("/run/corebed-progress");
  const alive = await Promise.all(names.map((name) => readlink(`/proc/${name.split(".")[0]}/exe`).catch(() => "")));
  return names.filter((_, i) => alive[i] === "");
}

async function hugePageFiles(mounts: string): Promise<readonly string[]> {
  const places = mounts.split("\n").flatMap((line) => / (\S+) hugetlbfs /.exec(line)?.[1] ?? []);
  const files = await Promise.all(
    places.map(async (place) => (await list(place)).map((name) => `file ${place}/${name}`)),
  );
  return files.flat();
}

/** Processes whose command line names a lab, threads of this suite's own commands aside. */
async function processesOfLabs(): Promise<readonly string[]> {
  const pids = (await list("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return OURS.test(line) ? [`process ${line.replaceAll("\0", " ").slice(0, 100)}`] : [];
    }),
  );
  return found.flat();
}

/** Keepers of containers that the engine no longer knows. */
async function strayShims(): Promise<readonly string[]> {
  const [running, known] = await Promise.all([
    command("pgrep", "--full", "--list-full", "containerd-shim.* -id ").catch(() => ""),
    lines("docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}}"),
  ]);
  const ids = running.split("\n").flatMap((line) => / -id (\w+)/.exec(line)?.[1] ?? []);
  return ids.filter((id) => !known.includes(id)).map((id) => `process that keeps container ${id}, which is no more`);
}
