import { describe, expect, test } from "vitest";
import { hostWith, referenceMachine, twoSockets } from "./hosts.ts";
import { chainText, diagnosticsText, example, resolve } from "./make-lab.ts";

/** Golden texts: `vitest -u` writes them anew; read the difference before you commit it. */
async function matchesGolden(name: string, text: string): Promise<void> {
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
}

const PKTGEN_STATS = example("pktgen-stats.yaml");
const poorKernel = { ...referenceMachine.kernelSupport, veth: false, macvlan: false };

describe("what the host lacks, with the place in the file", () => {
  test("a CPU", () => matchesGolden("no-such-cpu", diagnosticsText(PKTGEN_STATS, referenceMachine)));

  test("several CPUs, each at its own line", () =>
    matchesGolden("no-such-cpus", diagnosticsText(example("two-chains.yaml"), referenceMachine)));

  test("a CPU for the switch alone", () =>
    matchesGolden("switch-needs-own-cpu", diagnosticsText(PKTGEN_STATS, hostWith(1), { fold: true })));

  test("a CPU for the switch, since NFs named all of them", () => {
    const text = PKTGEN_STATS.replace("0: switch", "5: switch").replace("2: sink", "0: sink");
    return matchesGolden("switch-named-no-cpu", diagnosticsText(text, referenceMachine, { fold: true }));
  });

  test("the kernel's part of the file's datapath", () => {
    const text = PKTGEN_STATS.replace("datapath: vhost-user", "datapath: macvlan").replace(/compare:[\s\S]*/, "");
    const facts = hostWith(4, { kernelSupport: { ...poorKernel, veth: true } });
    return matchesGolden("no-macvlan", diagnosticsText(text, facts));
  });

  test("the kernel's part of a datapath that only the comparison asks for", () => {
    const facts = hostWith(4, { kernelSupport: poorKernel });
    return matchesGolden(
      "no-macvlan-to-compare",
      diagnosticsText(example("kernel-paths.yaml"), facts, { datapath: "macvlan" }),
    );
  });

  test("the kernel's part of one chain's hop", () => {
    const facts = hostWith(4, { kernelSupport: poorKernel });
    return matchesGolden("no-veth-for-a-hop", diagnosticsText(example("mixed-hops.yaml"), facts));
  });

  test("huge pages, with how many for whom", () => {
    const facts = hostWith(4, { hugePages: { pageKib: 2048, total: 90, free: 20, mounts: [] } });
    return matchesGolden("too-few-huge-pages", diagnosticsText(PKTGEN_STATS, facts));
  });

  test("the instructions that packed rings are vectorised with, for NFs that have such rings", () => {
    const text = example("mixed-hops.yaml").replaceAll(
      /\{ app: \w+/g,
      "$&, virtio: { ring: packed, vectorised: true }",
    );
    const facts = hostWith(4, { cpus: { ...hostWith(4).cpus, avx512: false } });
    return matchesGolden("no-avx512", diagnosticsText(text, facts));
  });

  test("everything at once", () => {
    const text = example("mixed-hops.yaml").replace("[docker-bridge, vhost-user]", "[docker-bridge, host]");
    const facts = { ...referenceMachine, kernelSupport: poorKernel };
    return matchesGolden("everything", diagnosticsText(text, facts));
  });
});

describe("what AF_XDP cannot do", () => {
  const text = (datapath: string, traffic = "") =>
    `name: lab1
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen, driver: af-xdp }, sink: { app: stats } }
chains: { main: [gen, sink] }
datapath: ${datapath}
${traffic}`;

  test("run on an interface of macvlan", () =>
    matchesGolden("xdp-on-macvlan", diagnosticsText(text("macvlan"), hostWith(4))));

  test("take frames that its buffers do not hold", () =>
    matchesGolden("xdp-jumbo", diagnosticsText(text("af-xdp", "traffic: { frame: 9018 }"), hostWith(4))));

  test("work on a kernel without", () => {
    const facts = hostWith(4, { kernelSupport: { ...referenceMachine.kernelSupport, "af-xdp": false } });
    return matchesGolden("no-xdp", diagnosticsText(text("host"), facts));
  });

  test("keep to a limit that the kernel holds in a queue", () => {
    const limited = text("host").replace("[gen, sink] }", "{ path: [gen, sink], hops: [{ limit: 100Mbps }] } }");
    return matchesGolden("xdp-limited", diagnosticsText(limited, hostWith(4)));
  });

  test("matter where no port is on the kernel", () => {
    const facts = hostWith(4, { kernelSupport: { ...referenceMachine.kernelSupport, "af-xdp": false } });
    expect(resolve(text("memif"), facts).ok).toBe(true);
  });
});

test("an NF between a host network and one of Docker is refused, whichever comes first", async () => {
  const text = (hops: string) => example("mixed-hops.yaml").replace("docker-bridge, vhost-user", hops);
  await matchesGolden("host-and-docker", diagnosticsText(text("host, macvlan"), hostWith(4)));
  for (const hops of ["host, docker-bridge", "docker-bridge, host", "macvlan, host"]) {
    const result = resolve(text(hops), hostWith(4));
    expect(result.ok ? [] : result.diagnostics.map((found) => found.code)).toEqual(["host-and-docker-network"]);
  }
  for (const hops of ["host, vhost-user", "host, host", "docker-bridge, macvlan"]) {
    expect(resolve(text(hops), hostWith(4)).ok).toBe(true);
  }
});

test("an OVS of the host is refused, and left alone", () => {
  const text = PKTGEN_STATS.replace("datapath: vhost-user", "datapath: vhost-user\nswitch: { mode: host }");
  return matchesGolden("host-switch", diagnosticsText(text, hostWith(4)));
});

describe("two hardware threads of one core", () => {
  const text = chainText(3).replace("  2: [fwd1]", "  33: [fwd1]");

  test("are a warning where both poll", () => matchesGolden("smt-siblings", diagnosticsText(text, twoSockets)));

  test("are none where only one of them does", () => {
    const apart = chainText(3).replace("  2: [fwd1]", "  34: [fwd1]");
    expect(resolve(apart, twoSockets)).toMatchObject({ ok: true, warnings: [] });
    // CPU 0 is the switch's, and a lab on a kernel datapath has none.
    const behindSwitch = chainText(2).replace("  1: [gen]", "  32: [gen]");
    expect(resolve(behindSwitch, twoSockets)).toMatchObject({ warnings: [{ code: "smt-siblings" }] });
    expect(resolve(behindSwitch, twoSockets, { datapath: "host" })).toMatchObject({ ok: true, warnings: [] });
  });

  test("count where the lab was folded to, not where the file pointed", () => {
    const two = hostWith(2, { cpus: { ...hostWith(2).cpus, smtSiblings: [[0, 1]] } });
    const folded = resolve(PKTGEN_STATS.replace("1: gen", "8: gen"), two, { fold: true });
    expect(folded).toMatchObject({ ok: true, warnings: [{ code: "smt-siblings", severity: "warning" }] });
  });
});
