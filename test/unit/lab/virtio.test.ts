import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nfCommand } from "../../../src/lab/nf-command.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { hostWith } from "./hosts.ts";
import { labOf } from "./make-lab.ts";

const host = hostWith(8);

/** gen, fwd, sink over vhost-user, with these settings of fwd and of the file, and these CPUs of the switch. */
function labWith({ fwd = "", top = "", switchCpus = [0] }: { fwd?: string; top?: string; switchCpus?: number[] }) {
  return labOf(
    `name: virtio
cores: { ${switchCpus.map((cpu) => `${cpu}: switch`).join(", ")}, 5: gen, 6: fwd, 7: sink }
nfs:
  gen: { app: pktgen }
  fwd: { app: l2fwd, ${fwd} }
  sink: { app: stats }
chains: { main: [gen, fwd, sink] }
${top}
`,
    host,
  );
}

/** The device of a port of fwd as its command line has it, from `queue_size` on. */
function deviceOf(fwd: string): string {
  const lab = labWith({ fwd });
  const nf = lab.nfs[1];
  const argument = nf && nfCommand(lab, nf)?.find((word) => word.startsWith("driver="));
  return argument?.replace(/.*queue_size=/, "") ?? "";
}

function switchSpecs(parts: Parameters<typeof labWith>[0]) {
  const resources = labResources(labWith(parts));
  const spec = (kind: string): unknown => resources.find((resource) => resource.kind === kind)?.spec;
  return {
    config: spec("switch-config") as { otherConfig: Record<string, string> },
    bridge: spec("bridge") as { ports: { name: string; otherConfig: Record<string, string> }[] },
    flows: spec("flows") as { looksAtSource?: boolean },
  };
}

describe("the rings of a built-in NF", () => {
  it.each([
    ["", "1024,packed_vq=1"],
    ["queueSize: 256", "256,packed_vq=1"],
    ["virtio: {}", "1024,packed_vq=1"],
    ["virtio: { ring: split }", "1024"],
    ["virtio: { ring: split, inOrder: false }", "1024,in_order=0"],
    ["virtio: { mergeable: true }", "1024,mrg_rxbuf=1,packed_vq=1"],
    ["virtio: { ring: split, vectorised: true }", "1024,in_order=0,vectorized=1"],
    ["virtio: { ring: packed, vectorised: true }", "1024,packed_vq=1,vectorized=1"],
    ["queues: 4, virtio: { ring: packed, mergeable: true }", "1024,mrg_rxbuf=1,queues=4,packed_vq=1"],
  ])("with %s are %s", (fwd, device) => {
    expect(deviceOf(fwd)).toBe(device);
  });

  it("are vectorised where the CPUs can and the file leaves it open", () => {
    const able = { ...host, cpus: { ...host.cpus, avx512: true } };
    const vectorised = (virtio: string): boolean | undefined =>
      labOf(
        `name: a\ncores: { 0: switch, 1: gen, 2: sink }\nnfs: { gen: { app: pktgen, virtio: ${virtio} }, sink: { app: stats } }\nchains: { main: [gen, sink] }\n`,
        able,
      ).nfs[0]?.ports[0]?.virtio?.vectorised;
    expect(vectorised("{}")).toBe(true);
    for (const other of ["{ vectorised: false }", "{ mergeable: true }", "{ inOrder: false }", "{ ring: split }"]) {
      expect(vectorised(other)).toBe(false);
    }
  });

  it("are told to testpmd in its own words, with AVX-512 where it needs it", () => {
    const lab = labWith({ fwd: "queues: 2, virtio: { ring: packed, vectorised: true }" });
    const [, nf] = lab.nfs;
    const command = nf && nfCommand(lab, { ...nf, app: "testpmd" });
    expect(
      command?.filter((word) => /simd|xq|vdev|mbufs/.test(word)).map((word) => word.replace(/path=.*server/, "server")),
    ).toEqual([
      "--force-max-simd-bitwidth=512",
      "--vdev=net_virtio_user0,server=1,queue_size=1024,mrg_rxbuf=0,queues=2,packed_vq=1,vectorized=1",
      "--vdev=net_virtio_user1,server=1,queue_size=1024,mrg_rxbuf=0,queues=2,packed_vq=1,vectorized=1",
      "--total-num-mbufs=16384",
      "--rxq=2",
      "--txq=2",
    ]);
  });

  it("are those of vhost-user ports only", () => {
    const lab = labWith({ fwd: "queues: 2, virtio: { ring: packed }", top: "datapath: memif" });
    expect(lab.nfs.flatMap(({ ports }) => ports).map(({ queues, virtio }) => [queues, virtio])).toEqual(
      Array.from({ length: 4 }, () => [1, undefined]),
    );
  });
});

describe("huge pages", () => {
  const memory = (fwd: string, top?: string) => labWith({ fwd, top: top ?? "" }).nfs.map(({ memoryMib }) => memoryMib);

  it("are what the file says, while the buffers of all queues fit", () => {
    expect(memory("queues: 2, queueSize: 512, memory: 32MiB")).toEqual([64, 32, 64]);
    expect(memory("queueSize: 4096")).toEqual([64, 64, 64]);
  });

  it("are as many as the buffers of all queues take, where that is more", () => {
    // Two ports with twice 8 x 1024 buffers each, and 1024 in caches: 34,816 of 2432 bytes, and 16 MiB.
    expect(memory("queues: 8")).toEqual([64, 98, 64]);
    expect(memory("queueSize: 32768")).toEqual([64, 326, 64]);
    expect(memory("queues: 8", "datapath: memif")).toEqual([64, 64, 64]);
    expect(memory("queueSize: 32768", "datapath: macvlan")).toEqual([64, 64, 64]);
  });
});

describe("the switch's settings", () => {
  it("reach its database", () => {
    const top =
      "switch: { smc: true, simpleMatch: false, emcInsertInvProb: 0, txFlushInterval: 50us, txSteering: hash }";
    const { config, bridge, flows } = switchSpecs({ top });
    expect(config.otherConfig).toMatchObject({
      "smc-enable": "true",
      "emc-insert-inv-prob": "0",
      "tx-flush-interval": "50",
    });
    expect(bridge.ports[0]?.otherConfig).toEqual({ "pmd-rxq-affinity": "0:0", "tx-steering": "hash" });
    expect(flows.looksAtSource).toBe(true);
  });

  it("leave the placing of queues to OVS where asked to", () => {
    const { config, bridge } = switchSpecs({ top: "switch: { rxqAssign: group }", switchCpus: [0, 1] });
    expect(config.otherConfig).toMatchObject({ "pmd-rxq-assign": "group", "pmd-cpu-mask": "0x3" });
    expect(bridge.ports.map(({ otherConfig }) => otherConfig)).toEqual([{}, {}, {}, {}]);
  });
});

describe("queues on several CPUs of the switch", () => {
  const affinities = (parts: Parameters<typeof labWith>[0]) =>
    switchSpecs(parts)
      .bridge.ports.map(({ name, otherConfig }) => `${name} ${otherConfig["pmd-rxq-affinity"]}`)
      .toSorted();

  it("take turns", () => {
    expect(affinities({ fwd: "queues: 3", switchCpus: [0, 1] })).toEqual([
      "fwd-p0 0:1,1:0,2:1",
      "fwd-p1 0:1,1:0,2:1",
      "gen-p0 0:0",
      "sink-p0 0:0",
    ]);
  });

  it("go where the file says, port by port", () => {
    const top = "switch: { affinity: { gen: 2, fwd: [1, 2] } }";
    expect(affinities({ fwd: "queues: 1", top, switchCpus: [0, 1, 2] })).toEqual([
      "fwd-p0 0:1",
      "fwd-p1 0:2",
      "gen-p0 0:2",
      "sink-p0 0:2",
    ]);
  });

  it("stay on the switch's CPUs when its own are folded", () => {
    const text = `name: folded
cores: { 0: switch, 30: switch, 31: switch, 1: [gen, sink] }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
switch: { affinity: { gen: 31, sink: 0 } }
`;
    const lab = labOf(text, hostWith(3), { fold: true });
    expect(lab.switch?.pmdCpus).toEqual([0, 2]);
    expect(lab.switch?.ports.map(({ queueCpus }) => queueCpus)).toEqual([[0], [0]]);
  });

  it("are each on one, whatever their number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5 }), (queues, cpus) => {
        const lab = labWith({ fwd: `queues: ${queues}`, switchCpus: Array.from({ length: cpus }, (_, cpu) => cpu) });
        for (const port of lab.switch?.ports ?? []) {
          expect(port.queueCpus).toHaveLength(port.nf === "fwd" ? queues : 1);
          expect(port.queueCpus.every((cpu) => lab.switch?.pmdCpus.includes(cpu))).toBe(true);
          // No CPU has two more of a port's queues than another.
          const shares = (lab.switch?.pmdCpus ?? []).map((cpu) => port.queueCpus.filter((own) => own === cpu).length);
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
