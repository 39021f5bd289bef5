import { formatCpuList } from "../host/parse/cpu-list.ts";
import type { HostFacts, KernelFeature } from "../lab/host-facts.ts";
import { wantedHugePages } from "./huge-pages.ts";

/** One line of `corebed doctor`. */
export interface Check {
  /** Stable, for `--json`: `docker`, `huge-pages-free`, `kernel-veth`, … */
  readonly id: string;
  readonly label: string;
  /** ok; warning: works, worse than it could, or a part that not every lab needs is not there; missing: labs do not run without it. */
  readonly state: "ok" | "warning" | "missing";
  /** What was found. */
  readonly found: string;
  /** The command that fixes it, if a command can. */
  readonly fix?: string;
  /** Why it matters, or why no command helps. */
  readonly why?: string;
}

/** Below this a lab of three data-plane cores has no CPU left for the rest of the machine. */
const COMFORTABLE_CPUS = 4;
/** The smallest lab: a switch and two NFs. */
const SMALLEST_LAB_BYTES = 256 * 1024 ** 2;
const SMALLEST_LAB_PAGES = 3;
const LOW_MEMLOCK_BYTES = 8 * 1024 ** 2;
const NOTICEABLE_STEAL = 0.01;

/** Everything that `corebed doctor` has to say about a host. Pure: same facts, same lines. */
export function checkHost(facts: HostFacts): readonly Check[] {
  return [
    docker(facts),
    user(facts),
    cpus(facts),
    isolatedCpus(facts),
    smt(facts),
    ...governor(facts),
    numa(facts),
    hugePagesTotal(facts),
    hugePagesFree(facts),
    hugetlbfs(facts),
    ...(["veth", "bridge", "macvlan", "ipvlan", "vxlan", "af-xdp", "tun"] as const).map((feature) =>
      kernel(facts, feature),
    ),
    cgroup(facts),
    memlock(facts),
    virtualisation(facts),
    ...steal(facts),
    ...facts.images.map(image),
  ];
}

function docker({ docker }: HostFacts): Check {
  const line = { id: "docker", label: "Docker Engine" };
  if (docker.state === "missing") {
    return {
      ...line,
      state: "missing",
      found: "not installed",
      fix: "apt-get install -y --no-install-recommends docker.io iptables",
      why: "every network function and the switch run in a container",
    };
  }
  if (docker.state === "stopped") {
    return { ...line, state: "missing", found: "installed, not running", fix: "corebed doctor --fix" };
  }
  if (docker.state === "silent") {
    return {
      ...line,
      state: "missing",
      found: "runs and does not answer",
      why: "the machine is too busy, or the engine hangs and has to be started again",
    };
  }
  if (docker.version === undefined) {
    return { ...line, state: "missing", found: "not open to this user", fix: "sudo corebed doctor" };
  }
  return { ...line, state: "ok", found: `${docker.version}, API ${docker.apiVersion ?? "unknown"}` };
}

function user({ user }: HostFacts): Check {
  const line = { id: "user", label: "user" };
  if (user.uid === 0) return { ...line, state: "ok", found: "root" };
  return {
    ...line,
    state: "warning",
    found: `uid ${user.uid}, not root`,
    fix: "sudo corebed doctor",
    why: "labs are set up and run by root",
  };
}

function cpus({ cpus }: HostFacts): Check {
  const count = cpus.usable.length;
  const line = { id: "cpus", label: "CPUs", found: `${count} (${formatCpuList(cpus.usable)}), ${cpus.model}` };
  if (count >= COMFORTABLE_CPUS) return { ...line, state: "ok" };
  return {
    ...line,
    state: "warning",
    fix: "corebed compare --fold-cores FILE",
    why: `labs that want more CPUs share these ${count === 1 ? "one" : count} and are slower for it; their results say so`,
  };
}

function isolatedCpus({ cpus }: HostFacts): Check {
  const line = { id: "isolated-cpus", label: "isolated CPUs" };
  if (cpus.isolated.length > 0) {
    return { ...line, state: "ok", found: `${cpus.isolated.length} (${formatCpuList(cpus.isolated)})` };
  }
  const why = "other programs and the kernel's own work disturb the data plane";
  const candidates = formatCpuList(cpus.usable.slice(1));
  if (candidates === "") return { ...line, state: "warning", found: "none", why };
  return {
    ...line,
    state: "warning",
    found: "none",
    fix: `sed -i 's/^GRUB_CMDLINE_LINUX="/&isolcpus=${candidates} nohz_full=${candidates} /' /etc/default/grub && update-grub && reboot`,
    why,
  };
}

function smt({ cpus }: HostFacts): Check {
  const line = { id: "smt", label: "SMT siblings" };
  if (cpus.smtSiblings.length === 0) return { ...line, state: "ok", found: "none" };
  const shown = cpus.smtSiblings.slice(0, 4).map((group) => group.join("+"));
  const more = cpus.smtSiblings.length - shown.length;
  return {
    ...line,
    state: "warning",
    found: `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    fix: "echo off > /sys/devices/system/cpu/smt/control",
    why: "two busy threads of one core slow each other down",
  };
}

function governor({ cpus }: HostFacts): readonly Check[] {
  if (cpus.governor === undefined) return [];
  const line = { id: "governor", label: "CPU governor", found: cpus.governor };
  if (cpus.governor === "performance") return [{ ...line, state: "ok" }];
  return [
    {
      ...line,
      state: "warning",
      fix: "echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
      why: "clock speed that changes during a trial changes its rate",
    },
  ];
}

function numa({ cpus }: HostFacts): Check {
  const nodes = cpus.numaNodes.map(({ node, cpus: list }) => `node ${node}: ${formatCpuList(list) || "no CPUs"}`);
  const found = nodes.length === 0 ? "1" : `${nodes.length} (${nodes.join("; ")})`;
  return { id: "numa", label: "NUMA nodes", state: "ok", found };
}

function hugePagesTotal(facts: HostFacts): Check {
  const { pageKib, total } = facts.hugePages;
  const line = { id: "huge-pages-total", label: "huge pages" };
  if (pageKib === 0) {
    return { ...line, state: "missing", found: "not known to this kernel", ...otherKernel(facts) };
  }
  const wanted = wantedHugePages(facts);
  const found = `${total} of ${pageSize(pageKib)}`;
  if (total > 0 && total >= wanted) return { ...line, state: "ok", found };
  return {
    ...line,
    state: total === 0 ? "missing" : "warning",
    found: `${found}, ${wanted} wanted`,
    fix: `sysctl -w vm.nr_hugepages=${wanted}`,
    why: "the switch and the network functions keep their packets in them",
  };
}

function hugePagesFree(facts: HostFacts): Check {
  const { pageKib, free, total } = facts.hugePages;
  const smallest = pageKib === 0 ? 0 : Math.max(SMALLEST_LAB_PAGES, Math.ceil(SMALLEST_LAB_BYTES / (pageKib * 1024)));
  const line = { id: "huge-pages-free", label: "huge pages free", found: `${free} of ${total}` };
  if (total > 0 && free >= smallest) return { ...line, state: "ok" };
  return {
    ...line,
    state: free === 0 ? "missing" : "warning",
    fix: `sysctl -w vm.nr_hugepages=${Math.max(wantedHugePages(facts), total - free + smallest)}`,
    why: `the smallest lab takes ${smallest}; \`corebed destroy\` frees what a lab of yours holds`,
  };
}

function hugetlbfs(facts: HostFacts): Check {
  const { mounts, pageKib } = facts.hugePages;
  const line = { id: "hugetlbfs", label: "hugetlbfs" };
  if (pageKib === 0) return { ...line, state: "missing", found: "not in this kernel", ...otherKernel(facts) };
  const found = mounts.length > 0 ? `mounted on ${mounts.join(", ")}` : "in the kernel, not mounted (nor need it be)";
  return { ...line, state: "ok", found };
}

const FEATURES: Readonly<Record<KernelFeature, { readonly vital: boolean; readonly use: string }>> = {
  veth: { vital: true, use: "Docker's networks are made of it" },
  bridge: { vital: true, use: "Docker's networks are made of it" },
  macvlan: { vital: false, use: "the datapath macvlan is not there without it" },
  ipvlan: { vital: false, use: "the datapath ipvlan is not there without it" },
  vxlan: { vital: false, use: "the datapath overlay is not there without it" },
  "af-xdp": { vital: false, use: "the datapath af-xdp is not there without it" },
  tun: { vital: true, use: "the switch keeps its own port on it" },
  tbf: { vital: false, use: "limits on kernel datapaths are not there without it" },
};

function kernel(facts: HostFacts, feature: KernelFeature): Check {
  const label = feature === "af-xdp" ? "AF_XDP" : feature;
  const line = { id: `kernel-${feature}`, label: `kernel ${label}` };
  if (facts.kernelSupport[feature]) return { ...line, state: "ok", found: "yes" };
  const { vital, use } = FEATURES[feature];
  const { fix } = otherKernel(facts);
  return { ...line, state: vital ? "missing" : "warning", found: "no", fix, why: use };
}

/** What is built in is decided with the kernel: the distribution's own has everything that corebed wants. */
function otherKernel({ os }: HostFacts): { readonly fix: string; readonly why: string } {
  const why = "this kernel was built without it; the distribution's own kernel has it";
  if (/ubuntu/i.test(os.prettyName)) return { fix: "apt-get install -y linux-image-generic && reboot", why };
  const architecture = os.architecture === "aarch64" ? "arm64" : "amd64";
  return { fix: `apt-get install -y linux-image-${architecture} && reboot`, why };
}

function cgroup({ cgroup }: HostFacts): Check {
  const found = cgroup === "hybrid" ? "v1 and v2 side by side" : cgroup;
  return { id: "cgroup", label: "cgroup", state: "ok", found };
}

function memlock({ memlockBytes }: HostFacts): Check {
  const line = { id: "memlock", label: "memlock limit" };
  if (memlockBytes === undefined) return { ...line, state: "ok", found: "unlimited" };
  const found = `${size(memlockBytes)} (containers of labs are exempt)`;
  if (memlockBytes >= LOW_MEMLOCK_BYTES) return { ...line, state: "ok", found };
  return { ...line, state: "warning", found, fix: "ulimit -l unlimited" };
}

function virtualisation({ virtualisation }: HostFacts): Check {
  const line = { id: "virtualisation", label: "virtual machine" };
  if (virtualisation === undefined) return { ...line, state: "ok", found: "no" };
  return {
    ...line,
    state: "warning",
    found: `yes (${virtualisation})`,
    why: "rates change with what else runs on the physical machine: compare only trials that were taken side by side",
  };
}

function steal({ stealRatio }: HostFacts): readonly Check[] {
  if (stealRatio === undefined) return [];
  const line = { id: "steal", label: "steal time", found: `${(stealRatio * 100).toFixed(1)} %` };
  if (stealRatio < NOTICEABLE_STEAL) return [{ ...line, state: "ok" }];
  return [{ ...line, state: "warning", why: "the hypervisor gives this machine's CPUs to others at times" }];
}

function image({ name, reference, present }: HostFacts["images"][number]): Check {
  const line = { id: `image-${name}`, label: `image ${name}` };
  if (present) return { ...line, state: "ok", found: reference };
  return { ...line, state: "missing", found: `${reference} not built`, fix: "corebed images build" };
}

function pageSize(pageKib: number): string {
  return size(pageKib * 1024);
}

function size(bytes: number): string {
  for (const [unit, factor] of [
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ] as const) {
    if (bytes >= factor) return `${Number((bytes / factor).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}
