import { setTimeout as sleep } from "node:timers/promises";
import type { HostFacts, HugePageFacts, ImageFacts } from "../lab/host-facts.ts";
import { readCpuFacts } from "./cpu-facts.ts";
import { readDockerFacts, readImageFacts } from "./docker-facts.ts";
import type { Host } from "./host.ts";
import { output, type Text, textReader } from "./look.ts";
import { readInterfaces } from "./nics/read-interfaces.ts";
import { readNics } from "./nics/read-nics.ts";
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
  const text = textReader(host);
  const [
    steal,
    cards,
    interfaces,
    docker,
    imageFacts,
    osRelease,
    kernel,
    hostname,
    architecture,
    status,
    meminfo,
    mounts,
    limits,
  ] = await Promise.all([
    sampleSteal ? stealSample(text) : undefined,
    readNics(host),
    readInterfaces(host),
    readDockerFacts(host),
    readImageFacts(host, images),
    text("/etc/os-release"),
    text("/proc/sys/kernel/osrelease"),
    text("/proc/sys/kernel/hostname"),
    output(host, ["uname", "-m"]),
    text("/proc/self/status"),
    text("/proc/meminfo"),
    text("/proc/self/mounts"),
    text("/proc/self/limits"),
  ]);
  const release = kernel.trim();
  const cpuinfo = await text("/proc/cpuinfo");
  const [cpus, support, hypervisor] = await Promise.all([
    readCpuFacts(host, text, { cpuinfo, status }),
    readKernelSupport(host, text, release),
    readVirtualisation(host, text, cpuinfo),
  ]);
  const memory = parseMeminfo(meminfo);
  const mountList = parseMounts(mounts);
  return {
    schema: "corebed/host-facts/1",
    hostname: hostname.trim(),
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
export async function readHugePageFacts(host: Host): Promise<HugePageFacts> {
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

async function stealSample(text: Text): Promise<number> {
  const before = await text("/proc/stat");
  await sleep(STEAL_SAMPLE_MS);
  return stealRatio(before, await text("/proc/stat"));
}

async function readKernelSupport(host: Host, text: Text, release: string): Promise<HostFacts["kernelSupport"]> {
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

async function readKernelConfig(host: Host, text: Text, release: string): Promise<string | undefined> {
  const running = await output(host, ["gzip", "-dc", "/proc/config.gz"]);
  const config = running || (await text(`/boot/config-${release}`));
  return config === "" ? undefined : config;
}

async function readVirtualisation(host: Host, text: Text, cpuinfo: string): Promise<string | undefined> {
  const detectVirt = await output(host, ["systemd-detect-virt", "--vm"]);
  if (detectVirt?.trim()) return virtualisation({ detectVirt, hypervisorFlag: false });
  const [lscpu, vendor, product] = await Promise.all([
    output(host, ["lscpu"]),
    text("/sys/class/dmi/id/sys_vendor"),
    text("/sys/class/dmi/id/product_name"),
  ]);
  return virtualisation({ lscpu, hypervisorFlag: hasHypervisorFlag(cpuinfo), dmi: vendor + product });
}
