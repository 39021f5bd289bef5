import type { HostFacts } from "../lab/host-facts.ts";

const CPUS = 16;

/** The host that is modelled: plain, with enough of everything, and the same everywhere. */
export function simulatedFacts(): HostFacts {
  const cpus = Array.from({ length: CPUS }, (_, cpu) => cpu);
  return {
    schema: "corebed/host-facts/1",
    hostname: "simulated",
    os: { prettyName: "a model of a host", kernel: "6.12.0-simulated", architecture: "x64" },
    cpus: {
      model: "a model of a CPU at 2.5 GHz",
      usable: cpus,
      isolated: [],
      smtSiblings: [],
      numaNodes: [{ node: 0, cpus }],
      governor: "performance",
      avx512: true,
    },
    memory: { totalBytes: 64 * 1024 ** 3, availableBytes: 60 * 1024 ** 3 },
    hugePages: { pageKib: 2048, total: 8192, free: 8192, mounts: ["/dev/hugepages"] },
    docker: {
      state: "running",
      version: "simulated",
      apiVersion: "1.41",
      swarm: { state: "active", manager: true, ours: false },
    },
    kernelSupport: {
      veth: true,
      bridge: true,
      macvlan: true,
      ipvlan: true,
      vxlan: true,
      "af-xdp": true,
      tun: true,
      tbf: true,
    },
    cgroup: "v2",
    memlockBytes: undefined,
    virtualisation: undefined,
    stealRatio: 0,
    images: [
      { name: "switch", reference: "corebed/switch:simulated", present: true },
      { name: "nf", reference: "corebed/nf:simulated", present: true },
    ],
    user: { uid: 0 },
  };
}
