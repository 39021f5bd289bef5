import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { usableCpus } from "../../../src/host/cpu-facts.ts";
import { formatCpuList, parseCpuList } from "../../../src/host/parse/cpu-list.ts";
import { kernelSupport } from "../../../src/host/parse/kernel-support.ts";
import { cgroupVersion, hugetlbfsMounts, parseMounts } from "../../../src/host/parse/mounts.ts";
import {
  cpuModel,
  hasAvx512,
  hasHypervisorFlag,
  memlockLimit,
  parseMeminfo,
  parseOsRelease,
  statusField,
  stealRatio,
} from "../../../src/host/parse/proc-text.ts";
import { virtualisation } from "../../../src/host/parse/virtualisation.ts";

describe("CPU lists", () => {
  test.each([
    ["0-3,8,10-11\n", [0, 1, 2, 3, 8, 10, 11]],
    ["0\n", [0]],
    ["\n", []],
    ["4,2", [2, 4]],
  ])("%j", (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
  });

  test("what is written is read back", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300)), (cpus) => {
        expect(parseCpuList(formatCpuList(cpus))).toEqual([...cpus].sort((a, b) => a - b));
      }),
    );
  });

  test("ranges are short", () => {
    expect(formatCpuList([0, 1, 2, 5, 7, 8])).toBe("0-2,5,7-8");
  });
});

describe("CPUs that a lab may use", () => {
  const online = [0, 1, 2, 3];
  test.each([
    ["all of a plain machine", { isolated: [], allowed: online, cpuset: online }, online],
    [
      "isolated ones too, though no process starts there",
      { isolated: [2, 3], allowed: [0, 1], cpuset: online },
      online,
    ],
    ["isolated ones, where no cpuset is known", { isolated: [2, 3], allowed: [0, 1], cpuset: [] }, online],
    ["not what a container's cpuset keeps away", { isolated: [2, 3], allowed: [0], cpuset: [0, 2] }, [0, 2]],
    ["not what taskset took away", { isolated: [], allowed: [1], cpuset: online }, [1]],
    ["not what is offline", { isolated: [], allowed: [0, 9], cpuset: [] }, [0]],
  ])("%s", (_name, cpus, expected) => {
    expect(usableCpus({ online, ...cpus })).toEqual(expected);
  });
});

describe("/proc", () => {
  test("meminfo", () => {
    const memory = parseMeminfo("MemTotal:       24684092 kB\nHugePages_Total:     512\nHugepagesize:       2048 kB\n");
    expect([memory.get("MemTotal"), memory.get("HugePages_Total"), memory.get("Hugepagesize")]).toEqual([
      24684092, 512, 2048,
    ]);
  });

  test("status", () => {
    const status = "Name:\tnode\nUid:\t1000\t1000\t1000\t1000\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n";
    expect(statusField(status, "Cpus_allowed_list")).toBe("0-1");
    expect(statusField(status, "Nothing")).toBeUndefined();
  });

  test("cpuinfo", () => {
    const cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx hypervisor lahf_lm\n\nprocessor\t: 1\n";
    expect(cpuModel(cpuinfo)).toBe("AMD EPYC");
    expect(hasHypervisorFlag(cpuinfo)).toBe(true);
    expect(hasHypervisorFlag("flags : fpu nohypervisor\n")).toBe(false);
    expect(hasAvx512(cpuinfo)).toBe(false);
    expect(hasAvx512("flags\t\t: avx512f avx512dq avx512bw avx512vl\n")).toBe(true);
    expect(hasAvx512("flags\t\t: avx512f avx512_vnni\n")).toBe(false);
    expect(hasAvx512("processor : 0\nFeatures : fp asimd\n")).toBeUndefined();
  });

  test("limits", () => {
    expect(memlockLimit("Max locked memory         8388608              8388608              bytes     \n")).toBe(
      8388608,
    );
    expect(
      memlockLimit("Max locked memory         unlimited            unlimited            bytes     \n"),
    ).toBeUndefined();
  });

  test("os-release, quoted or not", () => {
    const release = parseOsRelease(
      `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME='bookworm'\n`,
    );
    expect([...release.values()]).toEqual(["Debian GNU/Linux 12 (bookworm)", "debian", "bookworm"]);
  });

  test("steal time between two samples", () => {
    const before = "cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3\n";
    expect(stealRatio(before, "cpu  150 0 100 830 0 0 0 20 50 0\n")).toBeCloseTo(0.2);
    expect(stealRatio(before, before)).toBe(0);
    expect(stealRatio("", "")).toBe(0);
  });
});

describe("mounts", () => {
  const hybrid = parseMounts(
    "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
  );
  test.each([
    ["hybrid", hybrid],
    ["v1", parseMounts("cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n")],
    ["v2", parseMounts("cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n")],
    ["v1", parseMounts("")],
  ])("cgroup %s", (version, mounts) => {
    expect(cgroupVersion(mounts)).toBe(version);
  });

  test("hugetlbfs, with a space in its path", () => {
    expect(hugetlbfsMounts(parseMounts("hugetlbfs /dev/huge\\040pages hugetlbfs rw 0 0\n"))).toEqual([
      "/dev/huge pages",
    ]);
  });
});

describe("kernel support", () => {
  const supported = (evidence: Parameters<typeof kernelSupport>[0]) =>
    Object.entries(kernelSupport(evidence)).flatMap(([feature, yes]) => (yes ? [feature] : []));

  test("the reference machine: all built in, no modules, no ipvlan", () => {
    const config =
      "# CONFIG_MODULES is not set\nCONFIG_XDP_SOCKETS=y\nCONFIG_BRIDGE=y\nCONFIG_MACVLAN=y\nCONFIG_MACVTAP=y\n# CONFIG_IPVLAN is not set\nCONFIG_TUN=y\nCONFIG_VETH=y\n";
    expect(supported({ config })).toEqual(["veth", "bridge", "macvlan", "af-xdp", "tun"]);
  });

  test("Debian's kernel: modules count only if their files are there", () => {
    const config =
      "CONFIG_VETH=m\nCONFIG_BRIDGE=m\nCONFIG_MACVLAN=m\nCONFIG_IPVLAN=m\nCONFIG_TUN=m\nCONFIG_XDP_SOCKETS=y\n";
    const loadable =
      "kernel/drivers/net/veth.ko.xz:\nkernel/net/bridge/bridge.ko: kernel/net/802/stp.ko\nkernel/drivers/net/ipvlan/ipvtap.ko:\n";
    expect(supported({ config, loadable })).toEqual(["veth", "bridge", "af-xdp"]);
    expect(supported({ config, loaded: "macvlan 28672 0 - Live 0x0\ntun_extra 1\n" })).toEqual(["macvlan", "af-xdp"]);
  });

  test("without a configuration: files, then symbols", () => {
    expect(supported({ builtin: "kernel/drivers/net/tun.ko\n" })).toEqual(["tun"]);
    expect(
      supported({ symbols: "0 t macvlan_common_newlink\n0 T br_add_bridge\t[bridge]\n0 t xxveth_newlink\n" }),
    ).toEqual(["bridge", "macvlan"]);
    expect(supported({ protocols: "XDP       1088      0\nTCP 1 1\n" })).toEqual(["af-xdp"]);
    expect(supported({})).toEqual([]);
  });
});

describe("virtualisation", () => {
  test.each([
    ["systemd's word counts first", { detectVirt: "kvm\n", hypervisorFlag: true }, "kvm"],
    ["systemd says none", { detectVirt: "none\n", hypervisorFlag: true }, undefined],
    ["lscpu", { lscpu: "Hypervisor vendor:   VMware\n", hypervisorFlag: true }, "vmware"],
    ["the machine's maker", { dmi: "QEMU\nStandard PC", hypervisorFlag: true }, "kvm"],
    ["the flag alone", { hypervisorFlag: true }, "unknown hypervisor"],
    ["bare metal", { lscpu: "Model name: Xeon\n", dmi: "Dell Inc.", hypervisorFlag: false }, undefined],
  ])("%s", (_name, evidence, expected) => {
    expect(virtualisation(evidence)).toBe(expected);
  });
});
