import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import { nfCommand } from "../../../src/lab/nf-command.ts";
import type { Datapath } from "../../../src/topology/topology.ts";
import { hostWith, range, referenceMachine, twoSockets } from "./hosts.ts";
import { chainText, example, labOf, resolve } from "./make-lab.ts";

const PKTGEN_STATS = example("pktgen-stats.yaml");

function ports(lab: Lab, name: string) {
  return lab.nfs.find((nf) => nf.name === name)?.ports.map(({ index, hop, direction }) => ({ index, hop, direction }));
}

describe("a lab is the same for the same file and host", () => {
  test.each(["pktgen-stats", "chain-l2fwd", "mixed-hops", "two-chains", "long-chain"])("%s", (name) => {
    const text = example(`${name}.yaml`);
    expect(labOf(text)).toEqual(labOf(text));
    expect(JSON.parse(JSON.stringify(labOf(text)))).toEqual(JSON.parse(JSON.stringify(labOf(text, hostWith(64)))));
  });

  test("and what the host has free at the moment decides nothing", () => {
    const busy = { ...hostWith(4), memory: { totalBytes: 1, availableBytes: 0 }, stealRatio: 0.5 };
    expect(labOf(PKTGEN_STATS, busy)).toEqual(labOf(PKTGEN_STATS, hostWith(4)));
  });
});

describe("chains", () => {
  test.each([2, 3, 10, 60])("of %d NFs have a hop between each two, from port to port", (nfs) => {
    const lab = labOf(chainText(nfs));
    expect(lab.hops.length).toBe(nfs - 1);
    const path = lab.chains[0]?.path ?? [];
    for (const [i, hop] of lab.hops.entries()) {
      expect(hop).toMatchObject({ index: i, chain: "main", datapath: "vhost-user" });
      expect(hop.from).toEqual({ nf: path[i], port: i === 0 ? 0 : 1 });
      expect(hop.to).toEqual({ nf: path[i + 1], port: 0 });
    }
  });

  test("the first NF only has a way out, the last only a way in, the others first in, then out", () => {
    const lab = labOf(chainText(3));
    expect(ports(lab, "gen")).toEqual([{ index: 0, hop: 0, direction: "out" }]);
    expect(ports(lab, "fwd1")).toEqual([
      { index: 0, hop: 0, direction: "in" },
      { index: 1, hop: 1, direction: "out" },
    ]);
    expect(ports(lab, "sink")).toEqual([{ index: 0, hop: 1, direction: "in" }]);
  });

  test("side by side have hops, addresses and chains of their own", () => {
    const lab = labOf(example("two-chains.yaml"));
    expect(lab.hops.map((hop) => `${hop.chain} ${hop.index}`)).toEqual(["short 0", "long 0", "long 1"]);
    expect(new Set(lab.hops.map((hop) => hop.subnet)).size).toBe(3);
    expect(lab.nfs.flatMap((nf) => nf.chains)).toEqual(["short", "short", "long", "long", "long"]);
    const macs = lab.nfs.flatMap((nf) => nf.ports.map((port) => port.mac));
    expect(new Set(macs).size).toBe(macs.length);
  });

  test("with hops of several kinds give each port what its own hop needs", () => {
    const lab = labOf(example("mixed-hops.yaml"));
    const fwd = lab.nfs.find((nf) => nf.name === "fwd");
    expect(fwd?.ports).toMatchObject([
      { datapath: "docker-bridge", socket: undefined, network: "corebed.mixed-hops.main-0", interface: undefined },
      { datapath: "vhost-user", socket: "/run/corebed/mixed-hops/fwd/p1.sock", network: undefined },
    ]);
    expect(lab.switch?.ports.map((port) => port.name)).toEqual(["fwd-p1", "sink-p0"]);
    expect(lab.hops.map(({ networks }) => networks?.in.name)).toEqual(["corebed.mixed-hops.main-0", undefined]);
  });

  test("of 1000 NFs that share 63 CPUs come out whole", () => {
    const lab = labOf(chainText(1000, { cpus: 63 }));
    expect(lab.nfs.length).toBe(1000);
    expect(lab.switch?.ports.length).toBe(2 * 999);
    expect(lab.nfs.every((nf) => nf.sharesCpu)).toBe(true);
    const names = lab.switch?.ports.map((port) => port.name) ?? [];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("the switch", () => {
  test("has two ports for each hop that lead to each other", () => {
    const { switch: sw } = labOf(example("two-chains.yaml"));
    const named = (number: number) => sw?.ports.find(({ ofport }) => ofport === number)?.name;
    expect(sw?.ports.map(({ name, outputTo }) => `${name}->${named(outputTo)}`)).toEqual([
      "gen-a-p0->sink-a-p0",
      "sink-a-p0->gen-a-p0",
      "gen-b-p0->fwd-b-p0",
      "fwd-b-p0->gen-b-p0",
      "fwd-b-p1->sink-b-p0",
      "sink-b-p0->fwd-b-p1",
    ]);
  });

  test("ports belong to the NF's socket", () => {
    const lab = labOf(chainText(4));
    for (const port of lab.switch?.ports ?? []) {
      expect(port.socket).toBe(lab.nfs.find((nf) => nf.name === port.nf)?.ports[port.port ?? -1]?.socket);
      expect(port.socket).toMatch(/^\/run\/corebed\/chain\/\w+\/p[01]\.sock$/);
    }
  });

  test("deals its hops out to its PMD threads in turn, the two ends of one to neighbours", () => {
    const pmds = (cores: string) =>
      labOf(chainText(4).replace("  0: switch", cores)).switch?.ports.map((p) => p.queueCpus[0]);
    expect(pmds("  0: switch")).toEqual([0, 0, 0, 0, 0, 0]);
    expect(pmds("  9: switch\n  7: switch")).toEqual([7, 9, 9, 7, 7, 9]);
    expect(pmds("  7: switch\n  8: switch\n  9: switch\n  10: switch")).toEqual([7, 8, 8, 9, 9, 10]);
  });

  test("may take so much memory on each NUMA node, whatever frames and however many ports", () => {
    const limit = (text: string, facts = hostWith(64)) => labOf(text, facts).switch?.memoryLimitMib;
    expect(limit(chainText(2))).toEqual([64]);
    expect(limit(chainText(40, { top: "traffic: { frame: 1518 }" }))).toEqual([64]);
    expect(limit(chainText(2), twoSockets)).toEqual([64, 64]);
    const unknown = hostWith(64, { cpus: { ...hostWith(64).cpus, numaNodes: [] } });
    expect(limit(chainText(2), unknown)).toEqual([64]);
  });

  test("is not there where no hop needs it, and its CPU is free", () => {
    const lab = labOf(PKTGEN_STATS, hostWith(3), { datapath: "docker-bridge" });
    expect(lab.switch).toBeUndefined();
    expect(lab.cpus.owners.flatMap((core) => core.owners)).toEqual(["gen", "sink"]);
    expect(lab.cpus.housekeeping).toBe(0);
  });
});

describe("NFs", () => {
  test("have their control thread on a CPU that polls nothing, where there is one", () => {
    const lab = labOf(PKTGEN_STATS, hostWith(8));
    expect(lab.nfs.map((nf) => [nf.name, nf.workerCpu, nf.mainCpu])).toEqual([
      ["gen", 1, 7],
      ["sink", 2, 7],
    ]);
    expect(lab.switch?.mainCpu).toBe(7);
  });

  test("yield exactly where they share a CPU", () => {
    const yields = (text: string, fold = false, cpus = 8) =>
      [labOf(text, hostWith(cpus), { fold })].flatMap((lab) =>
        lab.nfs.map((nf) => nfCommand(lab, nf)?.includes("--yield")),
      );
    expect(yields(PKTGEN_STATS)).toEqual([false, false]);
    expect(yields(PKTGEN_STATS, true, 2)).toEqual([true, true]);
    expect(yields(example("shared-core.yaml"))).toEqual([true, true]);
  });

  test("that no chain uses are not started, and keep no CPU from the others", () => {
    const text = PKTGEN_STATS.replace("nfs:", "nfs:\n  idle: { app: stats }")
      .replace("1: gen", "1: [gen, idle]")
      .replace(/expect:[\s\S]*/, "");
    const lab = labOf(text, hostWith(3));
    expect(lab.nfs.map((nf) => [nf.name, nf.sharesCpu])).toEqual([
      ["gen", false],
      ["sink", false],
    ]);
    expect(lab.cpus.owners.flatMap((core) => core.owners)).not.toContain("idle");
    expect(resolve(text.replace("[gen, idle]", "gen\n  40: idle"), hostWith(3)).ok).toBe(true);
  });

  test("of the user's own get their own image, command and environment, and no control socket", () => {
    const text = chainText(3).replace(
      /fwd1: \{.*\}/,
      "fwd1: { image: example.org/nf:1, command: [/nf, -v], env: { LEVEL: debug } }",
    );
    const lab = labOf(text);
    const nf = lab.nfs[1];
    expect(nf).toMatchObject({
      image: "example.org/nf:1",
      env: { LEVEL: "debug" },
      controlSocket: undefined,
      app: undefined,
    });
    expect(nf && nfCommand(lab, nf)).toEqual(["/nf", "-v"]);
    expect(labOf(text).hugePages.parts.map((part) => part.owner)).not.toContain("fwd1");
  });

  test.each([
    [
      "vhost-user",
      /^driver=virtio-user,path=\/run\/corebed\/.*\/gen\/p0\.sock,mac=02:42:.*,queue_size=1024,packed_vq=1$/,
    ],
    [
      "memif",
      /^driver=memif,socket=\/run\/corebed\/.*\/hop\.main-0\/memif\.sock,role=server,mac=02:42:.*,queue_size=1024$/,
    ],
    ["host", /^driver=af_packet,iface=cb[0-9a-f]{8}a,mac=02:42:c6:1[23]:..:..$/],
    ["docker-bridge", /^driver=af_packet,ip=198\.1[89]\.\d+\.\d+$/],
    ["macvlan", /^driver=af_packet,ip=198\.1[89]\.\d+\.\d+$/],
  ] as const)("on %s are told their port and nothing of another kind", (datapath, argument) => {
    const lab = labOf(PKTGEN_STATS, undefined, { datapath });
    const argv = lab.nfs[0] && nfCommand(lab, lab.nfs[0]);
    expect(argv?.slice(0, 3)).toEqual(["pktgen", "--cpu", "1"]);
    expect(argv?.filter((word) => word.startsWith("driver="))).toEqual([expect.stringMatching(argument)]);
  });

  test("on the two ends of a veth pair have different ends", () => {
    const lab = labOf(PKTGEN_STATS, undefined, { datapath: "host" });
    expect(lab.nfs.map((nf) => nf.ports[0]?.interface)).toEqual(lab.hops[0]?.veth);
  });
});

describe("frames are addressed", () => {
  const sink = (datapath: Datapath) => labOf(PKTGEN_STATS, undefined, { datapath }).nfs[1]?.ports[0];

  test("to the port itself over vhost-user, memif and host", () => {
    for (const datapath of ["vhost-user", "memif", "host"] as const) {
      const port = sink(datapath);
      expect(port?.destination).toEqual({ mac: port?.mac, ipv4: port?.ipv4 });
    }
  });

  test("past the receiver's own IP stack on a bridge, by a MAC that nobody has", () => {
    const lab = labOf(PKTGEN_STATS, undefined, { datapath: "docker-bridge" });
    const macs = lab.nfs.flatMap((nf) => nf.ports.map((port) => port.mac));
    expect(sink("docker-bridge")?.destination.mac).toMatch(/^02:43:c6:1[23]:/);
    expect(macs).not.toContain(sink("docker-bridge")?.destination.mac);
  });

  test("on macvlan, which delivers by MAC, to an address of the same subnet that nobody has", () => {
    const port = sink("macvlan");
    expect(port?.destination.mac).toBe(port?.mac);
    expect(port?.destination.ipv4).not.toBe(port?.ipv4);
    expect(port?.destination.ipv4.split(".").slice(0, 3)).toEqual(port?.ipv4.split(".").slice(0, 3));
  });
});

describe("labs of a comparison", () => {
  test("share the group and nothing that has a name", () => {
    const [a, b] = (["docker-bridge", "macvlan"] as const).map((datapath) =>
      labOf(PKTGEN_STATS, undefined, { datapath }),
    );
    expect([a?.group, b?.group]).toEqual(["pktgen-stats", "pktgen-stats"]);
    expect([a?.name, b?.name]).toEqual(["pktgen-stats-docker-bridge", "pktgen-stats-macvlan"]);
    expect(a?.hops[0]?.networks?.out.name).not.toBe(b?.hops[0]?.networks?.out.name);
    expect(a?.hops[0]?.subnet).not.toBe(b?.hops[0]?.subnet);
    expect(a?.directory).not.toBe(b?.directory);
  });

  test("change only the hops that name no datapath of their own", () => {
    const text = example("mixed-hops.yaml").replace("hops: [docker-bridge, vhost-user]", "hops: [default, vhost-user]");
    const lab = labOf(text, undefined, { datapath: "macvlan" });
    expect(lab.hops.map((hop) => hop.datapath)).toEqual(["macvlan", "vhost-user"]);
  });
});

describe("huge pages", () => {
  test("are counted for each owner, in pages of the host's size", () => {
    expect(labOf(PKTGEN_STATS).hugePages).toEqual({
      pageKib: 2048,
      needed: 96,
      parts: [
        { owner: "switch", pages: 32 },
        { owner: "gen", pages: 32 },
        { owner: "sink", pages: 32 },
      ],
    });
    const large = hostWith(4, { hugePages: { pageKib: 1_048_576, total: 16, free: 16, mounts: [] } });
    expect(labOf(PKTGEN_STATS, large).hugePages).toMatchObject({ pageKib: 1_048_576, needed: 3 });
  });

  test("a host with exactly as many as needed will do, however few of them are free now", () => {
    const exact = (total: number) => hostWith(3, { hugePages: { pageKib: 2048, total, free: 0, mounts: [] } });
    expect(resolve(PKTGEN_STATS, exact(96)).ok).toBe(true);
    expect(resolve(PKTGEN_STATS, exact(95)).ok).toBe(false);
  });

  test("on a kernel without any are missing, and not infinitely many", () => {
    const none = hostWith(3, { hugePages: { pageKib: 0, total: 0, free: 0, mounts: [] } });
    const result = resolve(PKTGEN_STATS, none);
    expect(result.ok ? "" : result.diagnostics[0]?.message).toContain("needs 96 huge pages of 2 MiB");
  });
});

describe("on real machines", () => {
  test("the reference machine takes pktgen-stats folded, the generator and the counter on one CPU", () => {
    const lab = labOf(PKTGEN_STATS, referenceMachine, { fold: true });
    expect(lab.cpus).toEqual({
      owners: [
        { cpu: 0, owners: ["switch"] },
        { cpu: 1, owners: ["gen", "sink"] },
      ],
      housekeeping: 0,
      housekeepingShared: true,
      folded: true,
    });
    expect(lab.switch?.image).toBe("corebed/switch:ee3abdd08f5c");
    expect(lab.nfs[0]?.image).toBe("corebed/nf:9d5d1de377cc");
  });

  test("and with a kernel datapath each has a CPU of its own", () => {
    const lab = labOf(PKTGEN_STATS, referenceMachine, { fold: true, datapath: "docker-bridge" });
    expect(lab.nfs.map((nf) => nf.sharesCpu)).toEqual([false, false]);
  });

  test("two sockets take CPUs of either one as the file says", () => {
    const lab = labOf(chainText(8).replace("0: switch", "20: switch"), twoSockets);
    expect(lab.switch?.pmdCpus).toEqual([20]);
    expect(lab.nfs.map((nf) => nf.workerCpu)).toEqual(range(1, 9));
    expect(lab.cpus.housekeeping).toBe(0);
  });
});
