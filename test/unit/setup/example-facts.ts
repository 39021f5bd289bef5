import type { HostFacts } from "../../../src/lab/host-facts.ts";

/** The reference machine, as it was read there. */
export const referenceMachine: HostFacts = {
  schema: "corebed/host-facts/1",
  hostname: "vm",
  os: { prettyName: "Debian GNU/Linux 12 (bookworm)", kernel: "6.18.44-fc-v657", architecture: "x86_64" },
  cpus: {
    model: "AMD EPYC",
    usable: [0, 1],
    isolated: [],
    smtSiblings: [],
    numaNodes: [{ node: 0, cpus: [0, 1] }],
    governor: undefined,
  },
  memory: { totalBytes: 25_276_510_208, availableBytes: 23_462_907_904 },
  hugePages: { pageKib: 2048, total: 512, free: 512, mounts: [] },
  docker: { state: "running", version: "20.10.24+dfsg1", apiVersion: "1.41" },
  kernelSupport: {
    veth: true,
    bridge: true,
    macvlan: true,
    ipvlan: false,
    vxlan: true,
    "af-xdp": true,
    tun: true,
    tbf: true,
  },
  cgroup: "hybrid",
  memlockBytes: 8_388_608,
  virtualisation: "kvm",
  stealRatio: 0,
  images: [
    { name: "switch", reference: "corebed/switch:ee3abdd08f5c", present: true },
    { name: "nf", reference: "corebed/nf:9d5d1de377cc", present: true },
  ],
  user: { uid: 0 },
};

/** A server made for this. */
export const bareMetal: HostFacts = {
  ...referenceMachine,
  cpus: {
    model: "Intel(R) Xeon(R) Gold 6252N CPU @ 2.30GHz",
    usable: Array.from({ length: 16 }, (_, cpu) => cpu),
    isolated: [1, 2, 3, 4, 5, 6, 7],
    smtSiblings: [],
    numaNodes: [
      { node: 0, cpus: [0, 1, 2, 3, 4, 5, 6, 7] },
      { node: 1, cpus: [8, 9, 10, 11, 12, 13, 14, 15] },
    ],
    governor: "performance",
  },
  hugePages: { pageKib: 1_048_576, total: 8, free: 8, mounts: ["/dev/hugepages"] },
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
};

/** A small cloud machine, fresh, looked at by an ordinary user. */
export const poorMachine: HostFacts = {
  ...referenceMachine,
  os: { prettyName: "Ubuntu 24.04.1 LTS", kernel: "6.8.0-49-generic", architecture: "x86_64" },
  cpus: {
    model: "unknown",
    usable: [0, 1, 2],
    isolated: [],
    smtSiblings: [[0, 1]],
    numaNodes: [],
    governor: "schedutil",
  },
  memory: { totalBytes: 1_073_741_824, availableBytes: 536_870_912 },
  hugePages: { pageKib: 2048, total: 0, free: 0, mounts: [] },
  docker: { state: "missing", version: undefined, apiVersion: undefined },
  kernelSupport: {
    veth: false,
    bridge: true,
    macvlan: false,
    ipvlan: false,
    vxlan: true,
    "af-xdp": false,
    tun: true,
    tbf: true,
  },
  cgroup: "v1",
  memlockBytes: 65_536,
  virtualisation: "xen",
  stealRatio: 0.123,
  images: [{ name: "nf", reference: "corebed/nf:9d5d1de377cc", present: false }],
  user: { uid: 1000 },
};
