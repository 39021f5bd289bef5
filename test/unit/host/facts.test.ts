import { expect, test } from "vitest";
import { readHostFacts } from "../../../src/host/facts.ts";
import { FakeHost } from "../setup/fake-host.ts";

test("a server with isolated, hyper-threaded CPUs on two nodes", async () => {
  const host = new FakeHost(
    {
      "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n',
      "/proc/sys/kernel/osrelease": "6.1.0-37-amd64\n",
      "/proc/sys/kernel/hostname": "rack1\n",
      "/proc/self/status": "Uid:\t1000\t1000\t1000\t1000\nCpus_allowed_list:\t0,2\n",
      "/proc/self/cgroup": "0::/user.slice/session-1.scope\n",
      "/proc/self/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\nhugetlbfs /dev/hugepages hugetlbfs rw 0 0\n",
      "/proc/self/limits": "Max locked memory         unlimited            unlimited            bytes\n",
      "/proc/meminfo":
        "MemTotal: 1000 kB\nMemAvailable: 500 kB\nHugePages_Total: 8\nHugePages_Free: 6\nHugePages_Rsvd: 2\nHugepagesize: 2048 kB\n",
      "/proc/cpuinfo": "model name\t: Xeon\nflags\t: fpu\n",
      "/proc/stat": "cpu  1 0 1 8 0 0 0 0 0 0\n",
      "/sys/fs/cgroup/user.slice/cpuset.cpus.effective": "0-3\n",
      "/sys/devices/system/cpu/online": "0-3\n",
      "/sys/devices/system/cpu/isolated": "1,3\n",
      "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0,2\n",
      "/sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "1,3\n",
      "/sys/devices/system/cpu/cpu2/topology/thread_siblings_list": "0,2\n",
      "/sys/devices/system/cpu/cpu3/topology/thread_siblings_list": "1,3\n",
      "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
      "/sys/devices/system/node/node0/cpulist": "0,2\n",
      "/sys/devices/system/node/node1/cpulist": "1,3\n",
      "/sys/devices/system/node/online": "0-1\n",
      "/boot/config-6.1.0-37-amd64": "CONFIG_VETH=m\nCONFIG_XDP_SOCKETS=y\n",
      "/lib/modules/6.1.0-37-amd64/modules.dep": "kernel/drivers/net/veth.ko:\n",
    },
    ([program]) => {
      if (program === "uname") return { stdout: "x86_64\n" };
      return program === "systemd-detect-virt" ? { exitCode: 1, stdout: "none\n" } : undefined;
    },
  );
  expect(await readHostFacts(host, [{ name: "nf", reference: "corebed/nf:1" }])).toEqual({
    schema: "corebed/host-facts/1",
    hostname: "rack1",
    os: { prettyName: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0-37-amd64", architecture: "x86_64" },
    cpus: {
      model: "Xeon",
      usable: [0, 1, 2, 3],
      isolated: [1, 3],
      smtSiblings: [
        [0, 2],
        [1, 3],
      ],
      numaNodes: [
        { node: 0, cpus: [0, 2] },
        { node: 1, cpus: [1, 3] },
      ],
      governor: "powersave",
      avx512: false,
    },
    memory: { totalBytes: 1_024_000, availableBytes: 512_000 },
    hugePages: { pageKib: 2048, total: 8, free: 4, mounts: ["/dev/hugepages"] },
    docker: { state: "missing", version: undefined, apiVersion: undefined },
    kernelSupport: {
      veth: true,
      bridge: false,
      macvlan: false,
      ipvlan: false,
      vxlan: false,
      "af-xdp": true,
      tun: false,
      tbf: false,
    },
    nics: [],
    vfio: { driver: false, iommu: false, noIommu: false },
    cgroup: "v2",
    memlockBytes: undefined,
    virtualisation: undefined,
    stealRatio: 0,
    images: [{ name: "nf", reference: "corebed/nf:1", present: false }],
    user: { uid: 1000 },
  });
});

test("a host that tells nothing has facts all the same", async () => {
  const facts = await readHostFacts(new FakeHost(), []);
  expect(facts.cpus.usable).toEqual([]);
  expect(facts.docker.state).toBe("missing");
  expect(facts.hugePages).toEqual({ pageKib: 0, total: 0, free: 0, mounts: [] });
});

test("looking changes nothing", async () => {
  const host = new FakeHost();
  await readHostFacts(host, []);
  expect(host.writes).toEqual([]);
  expect(host.runs.map(([program]) => program).sort()).toEqual([
    "dockerd",
    "gzip",
    "ip",
    "ip",
    "ip",
    "lscpu",
    "printenv",
    "systemd-detect-virt",
    "uname",
  ]);
});
