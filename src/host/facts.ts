import { setTimeout as sleep } from "node:timers/promises";
import type { HostFacts, HugePageFacts, ImageFacts } from "../lab/host-facts.ts";
import { CPU_PLACES, cpusetFiles, readCpuFacts } from "./cpu-facts.ts";
import { readDockerFacts, readImageFacts } from "./docker-facts.ts";
import { foreseen } from "./foreseen.ts";
import type { Host } from "./host.ts";
import { output, type Text, textReader } from "./look.ts";
import { NETWORK_PLACES } from "./nics/network-use.ts";
import { readInterfaces } from "./nics/read-interfaces.ts";
import { cardPlaces, NIC_PLACES, readNics } from "./nics/read-nics.ts";
import { kernelSupport } from "./parse/kernel-support.ts";
import { cgroupVersion, hugetlbfsMounts, parseMounts } from "./parse/mounts.ts";
import {
  hasHypervisorFlag,
  memlockLimit,
  parseMeminfo,
  parseOsRelease,
  statusField,
  stealRatio,
} from "./parse/proc-text.ts";
import { virtualisation } from "./parse/virtualisation.ts";
import type { Looker, SurveyRequest } from "./survey.ts";

const RELEASE = "/proc/sys/kernel/osrelease";
const STAT = "/proc/stat";
const ARCHITECTURE = ["uname", "-m"];
const KERNEL_CONFIG = ["gzip", "-dc", "/proc/config.gz"];
const DETECT_VIRT = ["systemd-detect-virt", "--vm"];
const LSCPU = ["lscpu"];

/** What is looked at in one go; the rest of what is asked for is looked up by itself. */
const FIRST_LOOK: SurveyRequest = {
  files: [
    ...["/etc/os-release", RELEASE, "/proc/sys/kernel/hostname", STAT, "/proc/cpuinfo", "/proc/meminfo"],
    ...["/proc/self/status", "/proc/self/mounts", "/proc/self/limits", "/proc/modules", "/proc/net/protocols"],
    ...["/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name"],
    ...[CPU_PLACES, NIC_PLACES, NETWORK_PLACES].flatMap(({ files = [] }) => files),
  ],
  names: [CPU_PLACES, NIC_PLACES, NETWORK_PLACES].flatMap(({ names = [] }) => names),
  commands: [ARCHITECTURE, KERNEL_CONFIG, DETECT_VIRT, ...(NETWORK_PLACES.commands ?? [])],
};

function kernelFiles(release: string): readonly string[] {
  const modules = ["modules.dep", "modules.builtin"].map((name) => `/lib/modules/${release}/${name}`);
  return [...modules, `/boot/config-${release}`];
}

/** Between the two looks at the hypervisor's share of CPU time. */
const STEAL_SAMPLE_MS = 200;

/**
 * What the host is and can do, found without changing anything on it. What cannot be found out (a kernel without /sys, a host inside a container)
 * is left out or taken as absent; it never fails for that.
 */
export async function readHostFacts(
  host: Host,
  images: readonly Pick<ImageFacts, "name" | "reference">[],
  { sampleSteal = true }: { readonly sampleSteal?: boolean } = {},
): Promise<HostFacts> {
  const [docker, imageFacts, { looker, steal }] = await Promise.all([
    readDockerFacts(host),
    readImageFacts(host, images),
    lookAround(host, sampleSteal),
  ]);
  const text = textReader(looker);
  const [cards, interfaces, osRelease, kernel, hostname, architecture, status, meminfo, mounts, limits, cpuinfo] =
    await Promise.all([
      readNics(looker),
      readInterfaces(looker),
      text("/etc/os-release"),
      text(RELEASE),
      text("/proc/sys/kernel/hostname"),
      output(looker, ARCHITECTURE),
      text("/proc/self/status"),
      text("/proc/meminfo"),
      text("/proc/self/mounts"),
      text("/proc/self/limits"),
      text("/proc/cpuinfo"),
    ]);
  const release = kernel.trim();
  const [cpus, support, hypervisor] = await Promise.all([
    readCpuFacts(looker, text, { cpuinfo, status }),
    readKernelSupport(looker, text, release),
    readVirtualisation(looker, text, cpuinfo),
  ]);
  const memory = parseMeminfo(meminfo);
  const mountList = parseMounts(mounts);
  return {
    schema: "corebed/host-facts/1",
    hostname: hostname.trim(),
    ...(host.name !== "local" && { address: host.name }),
    os: {
      prettyName: parseOsRelease(osRelease).get("PRETTY_NAME") ?? "Linux",
      kernel: release,
      architecture: architecture?.trim() ?? "unknown",
    },
    cpus,
    memory: {
      totalBytes: (memory.get("MemTotal") ?? 0) * 1024,
      availableBytes: (memory.get("MemAvailable") ?? 0) * 1024,
    },
    hugePages: hugePages(memory, hugetlbfsMounts(mountList)),
    docker,
    kernelSupport: support,
    cgroup: cgroupVersion(mountList),
    memlockBytes: memlockLimit(limits),
    virtualisation: hypervisor,
    stealRatio: steal,
    images: imageFacts,
    ...cards,
    ...(interfaces !== undefined && { interfaces }),
    user: { uid: Number(statusField(status, "Uid")?.split(/\s+/)[1] ?? 0) },
  };
}

/** The huge page facts alone, for whoever changes them. */
export async function readHugePageFacts(host: Pick<Looker, "read">): Promise<HugePageFacts> {
  const text = textReader(host);
  const [meminfo, mounts] = await Promise.all([text("/proc/meminfo"), text("/proc/self/mounts")]);
  return hugePages(parseMeminfo(meminfo), hugetlbfsMounts(parseMounts(mounts)));
}

function hugePages(memory: ReadonlyMap<string, number>, mounts: readonly string[]): HugePageFacts {
  return {
    pageKib: memory.get("Hugepagesize") ?? 0,
    total: memory.get("HugePages_Total") ?? 0,
    free: Math.max(0, (memory.get("HugePages_Free") ?? 0) - (memory.get("HugePages_Rsvd") ?? 0)),
    mounts,
  };
}

/** Two looks for all: where some things are found depends on what the first one shows. */
async function lookAround(host: Host, sampleSteal: boolean) {
  const first = await foreseen(host, FIRST_LOOK, host);
  const text = textReader(first);
  const [cards, cgroups, release] = await Promise.all([cardPlaces(first), text("/proc/self/cgroup"), text(RELEASE)]);
  // A while after the first, for what happened in between.
  if (sampleSteal) await sleep(STEAL_SAMPLE_MS);
  const second = {
    files: [...(cards.files ?? []), ...cpusetFiles(cgroups), ...kernelFiles(release.trim()), STAT],
    names: cards.names ?? [],
  };
  const looker = await foreseen(host, second, first);
  const steal = sampleSteal ? stealRatio(await text(STAT), await textReader(looker)(STAT)) : undefined;
  return { looker, steal };
}

async function readKernelSupport(host: Looker, text: Text, release: string): Promise<HostFacts["kernelSupport"]> {
  const [config, loaded, loadable, builtin, protocols] = await Promise.all([
    readKernelConfig(host, text, release),
    text("/proc/modules"),
    text(`/lib/modules/${release}/modules.dep`),
    text(`/lib/modules/${release}/modules.builtin`),
    text("/proc/net/protocols"),
  ]);
  // Some megabytes, so only where nothing better is there.
  const symbols = config === undefined ? await text("/proc/kallsyms") : undefined;
  return kernelSupport({ config, loaded, loadable, builtin, protocols, symbols });
}

async function readKernelConfig(host: Looker, text: Text, release: string): Promise<string | undefined> {
  const running = await output(host, KERNEL_CONFIG);
  const config = running || (await text(`/boot/config-${release}`));
  return config === "" ? undefined : config;
}

async function readVirtualisation(host: Looker, text: Text, cpuinfo: string): Promise<string | undefined> {
  const detectVirt = await output(host, DETECT_VIRT);
  if (detectVirt?.trim()) return virtualisation({ detectVirt, hypervisorFlag: false });
  const [lscpu, vendor, product] = await Promise.all([
    output(host, LSCPU),
    text("/sys/class/dmi/id/sys_vendor"),
    text("/sys/class/dmi/id/product_name"),
  ]);
  return virtualisation({ lscpu, hypervisorFlag: hasHypervisorFlag(cpuinfo), dmi: vendor + product });
}
