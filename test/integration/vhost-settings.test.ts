import { describe, expect, test } from "vitest";
import type { TopologyInput } from "../../src/topology/schema.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { askNf } from "./support/nf-socket.ts";
import { switchProcess } from "./support/switch-process.ts";
import { pair, TRAFFIC, trio } from "./support/topology.ts";

const LAB = "it-vhost";
const bed = setUpBed(LAB);

type Nf = NonNullable<TopologyInput["nfs"]>[string];

/** Bits of virtio's features (virtio 1.1, 5.1.3 and 6). */
const MERGEABLE = 15n;
const PACKED = 34n;
const IN_ORDER = 35n;

const inSwitch = (...argv: readonly string[]): Promise<string> =>
  command("docker", "exec", `corebed.${LAB}.switch`, ...argv);
const DATABASE = `--db=unix:/run/corebed/${LAB}/switch/db.sock`;
const appctl = (...argv: readonly string[]): Promise<string> =>
  inSwitch("ovs-appctl", "-t", `/run/corebed/${LAB}/switch/vswitchd.ctl`, ...argv);

/** What OVS says of a port: the features that both ends agreed on, and its virtqueues. */
async function portOf(name: string): Promise<{ features: bigint; vrings: number; ringSizes: readonly string[] }> {
  const status = await inSwitch("ovs-vsctl", DATABASE, "get", "Interface", name, "status");
  return {
    features: BigInt(/features="(0x[0-9a-f]+)"/.exec(status)?.[1] ?? "0"),
    vrings: Number(/num_of_vrings="(\d+)"/.exec(status)?.[1]),
    ringSizes: [...status.matchAll(/vring_\d+_size="(\d+)"/g)].flatMap(([, size]) => size ?? []),
  };
}

/** The ways through its rings that an NF's driver has chosen, one for each port. */
async function pathsOf(nf: string): Promise<readonly string[]> {
  const ports = (await askNf(LAB, nf, "info"))?.ports as readonly { rxPath?: string; txPath?: string }[];
  return ports.map(({ rxPath, txPath }) => `${rxPath} / ${txPath}`);
}

/** Packets of the last trial that came to the counter with another content than they were sent with: they have lost their stamp. */
async function strangers(): Promise<number> {
  const stats = await askNf(LAB, "sink", "stats");
  const app = stats?.app as { readonly foreign: number } | undefined;
  return app?.foreign ?? Number.NaN;
}

/** Which CPU polls which receive queue: `gen-p0 0` -> 0. */
async function placement(): Promise<Readonly<Record<string, number>>> {
  const placed: Record<string, number> = {};
  let core = Number.NaN;
  for (const line of (await appctl("dpif-netdev/pmd-rxq-show")).split("\n")) {
    core = Number(/core_id (\d+)/.exec(line)?.[1] ?? core);
    const [, port, queue] = /port: (\S+) +queue-id: +(\d+)/.exec(line) ?? [];
    if (port !== undefined) placed[`${port} ${queue}`] = core;
  }
  return placed;
}

/** Packets that OVS found by this kind of lookup since its counters were cleared. */
async function hits(kind: "simple match" | "emc" | "smc" | "megaflow"): Promise<number> {
  const text = await appctl("dpif-netdev/pmd-stats-show");
  return [...text.matchAll(new RegExp(`^  ${kind} hits: (\\d+)`, "gm"))].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** gen, fwd and sink with these settings of each. */
function chainWith(settings: Partial<Nf>, other: Partial<TopologyInput> = {}): TopologyInput {
  return trio(LAB, {
    nfs: {
      gen: { app: "pktgen", ...settings },
      fwd: { app: "l2fwd", ...settings },
      sink: { app: "stats", ...settings },
    },
    ...other,
  });
}

describe("settings of the rings reach both ends, and every packet is accounted for", () => {
  test.each([
    { virtio: { ring: "split" }, paths: "inorder / inorder", features: [IN_ORDER] },
    { virtio: { ring: "split", inOrder: false }, paths: "standard / standard", features: [] },
    { virtio: { ring: "split", mergeable: true }, paths: "inorder / inorder", features: [IN_ORDER, MERGEABLE] },
    {
      virtio: { ring: "split", inOrder: false, mergeable: true },
      paths: "mergeable buffer / standard",
      features: [MERGEABLE],
    },
    { virtio: { ring: "split", vectorised: true }, paths: "vectorized / standard", features: [] },
    {
      virtio: { vectorised: false },
      paths: "packed ring standard / packed ring standard",
      features: [PACKED, IN_ORDER],
    },
    {
      virtio: { mergeable: true },
      paths: "packed ring mergeable buffer / packed ring standard",
      features: [PACKED, IN_ORDER, MERGEABLE],
    },
    {
      virtio: { ring: "packed", vectorised: true },
      paths: "packed ring vectorized / packed ring vectorized",
      features: [PACKED, IN_ORDER],
      avx512: "needed",
    },
    {
      virtio: {},
      paths: "packed ring vectorized / packed ring vectorized",
      features: [PACKED, IN_ORDER],
      avx512: "used",
    },
  ] as const)("$virtio", async ({ virtio, paths: best, features, ...rest }) => {
    const avx512 =
      "avx512" in rest && !/avx512vl/.test(await command("cat", "/proc/cpuinfo")) ? rest.avx512 : undefined;
    const paths = avx512 === "used" ? best.replaceAll("vectorized", "standard") : best;
    const file = await bed.write("lab.yaml", chainWith({ virtio, queueSize: 512 }));
    if (avx512 === "needed") {
      const refused = await bed.expectExit(65, ["apply", file]);
      expect(refused.stderr).toContain("no AVX-512");
      return;
    }
    await bed.expectExit(0, ["apply", file]);
    expectTraffic(await bed.measure(file));
    expect(await strangers()).toBe(0);
    for (const nf of ["gen", "sink"]) expect(await pathsOf(nf)).toEqual([paths]);
    expect(await pathsOf("fwd")).toEqual([paths, paths]);
    for (const name of ["gen-p0", "fwd-p0", "fwd-p1", "sink-p0"]) {
      const port = await portOf(name);
      const agreed = [MERGEABLE, PACKED, IN_ORDER].filter((bit) => (port.features >> bit) & 1n);
      expect(agreed.toSorted()).toEqual([...features].toSorted());
      expect(port.ringSizes).toEqual(["512", "512"]);
    }
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});

describe("settings of the switch", () => {
  test("reach its database, are changed in place, and decide where packets are looked up", async () => {
    const settings = {
      simpleMatch: false,
      emcInsertInvProb: 1,
      smc: false,
      txFlushInterval: "50us",
      txSteering: "hash",
    } as const;
    const traffic = { ...TRAFFIC, flows: 64 };
    const emc = await bed.write("emc.yaml", pair(LAB, { switch: settings, traffic }));
    await bed.expectExit(0, ["apply", emc]);
    const config = (key: string) => inSwitch("ovs-vsctl", DATABASE, "get", "Open_vSwitch", ".", `other_config:${key}`);
    expect([
      await config("emc-insert-inv-prob"),
      await config("smc-enable"),
      await config("tx-flush-interval"),
    ]).toEqual(['"1"', '"false"', '"50"']);
    expect(await inSwitch("ovs-vsctl", DATABASE, "get", "Interface", "gen-p0", "other_config:tx-steering")).toBe(
      "hash",
    );
    await appctl("dpif-netdev/pmd-stats-clear");
    expectTraffic(await bed.measure(emc));
    expect(await hits("simple match")).toBe(0);
    expect(await hits("emc")).toBeGreaterThan(0);

    const before = await switchProcess(LAB, "ovs-vswitchd");
    const smc = await bed.write(
      "smc.yaml",
      pair(LAB, { switch: { ...settings, emcInsertInvProb: 0, smc: true }, traffic }),
    );
    await bed.expectExit(0, ["apply", smc, "--yes"]);
    await appctl("dpif-netdev/pmd-stats-clear");
    expectTraffic(await bed.measure(smc));
    expect(await hits("emc")).toBe(0);
    expect(await hits("smc")).toBeGreaterThan(0);

    const plain = await bed.write("plain.yaml", pair(LAB, { traffic }));
    await bed.expectExit(0, ["apply", plain, "--yes"]);
    await bed.expectExit(0, ["plan", plain]);
    await appctl("dpif-netdev/pmd-stats-clear");
    expectTraffic(await bed.measure(plain));
    expect(await hits("simple match")).toBeGreaterThan(0);
    expect(await switchProcess(LAB, "ovs-vswitchd")).toBe(before);
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });

  test("say which thread polls which queue, or leave that to OVS", async () => {
    // Two CPUs poll; the NFs share the second with one of them, which gives way when it is idle.
    const cores = { 0: "switch", 1: ["switch", "gen", "fwd", "sink"] };
    const settings = { pmdMaxSleep: "100us", affinity: { gen: 1, fwd: [0, 1] } } satisfies TopologyInput["switch"];
    const nfs = { gen: { app: "pktgen", queues: 2 }, fwd: { app: "l2fwd" }, sink: { app: "stats" } } as const;
    const traffic = { ...TRAFFIC, rate: "2kpps", flows: 16 } as const;
    const pinned = await bed.write("pinned.yaml", trio(LAB, { cores, nfs, traffic, switch: settings }));
    await bed.expectExit(0, ["apply", pinned]);
    const wanted = { "gen-p0 0": 1, "gen-p0 1": 1, "fwd-p0 0": 0, "fwd-p1 0": 1, "sink-p0 0": 0 };
    await expect.poll(placement).toEqual(wanted);
    const result = await bed.measure(pinned);
    expectTraffic(result);
    const ports = result.arms[0]?.trials[0]?.hygiene.switchPorts ?? [];
    expect(Object.fromEntries(ports.map(({ port, polledBy }) => [port, polledBy]))).toEqual({
      "gen-p0": [1, 1],
      "fwd-p0": [0],
      "fwd-p1": [1],
      "sink-p0": [0],
    });
    const status = await bed.expectExit(0, ["status", LAB]);
    expect(status.stdout).toMatch(/^ {2}switch on CPU 0: fwd-p0, sink-p0$/m);
    expect(status.stdout).toMatch(/^ {2}switch on CPU 1: fwd-p1, gen-p0 \(2 queues\)$/m);

    const free = { ...settings, affinity: {}, rxqAssign: "roundrobin" } as const;
    const left = await bed.write("left.yaml", trio(LAB, { cores, nfs, traffic, switch: free }));
    await bed.expectExit(0, ["apply", left, "--yes"]);
    await bed.expectExit(0, ["plan", left]);
    expect(await inSwitch("ovs-vsctl", DATABASE, "get", "Open_vSwitch", ".", "other_config:pmd-rxq-assign")).toBe(
      "roundrobin",
    );
    expect(Object.keys(await placement()).toSorted()).toEqual(Object.keys(wanted).toSorted());
    expectTraffic(await bed.measure(left));
    await bed.expectExit(0, ["destroy", LAB]);
    await bed.expectNoTrace();
  });
});

describe("several queues", () => {
  test("carry packets on all of them, each flow in its order", async () => {
    const traffic = { ...TRAFFIC, flows: 64 } as const;
    for (const ring of ["split", "packed"] as const) {
      const file = await bed.write(
        "lab.yaml",
        chainWith({ queues: 3, virtio: { ring } }, { traffic, switch: { txSteering: "hash" } }),
      );
      await bed.expectExit(0, ["apply", file]);
      const result = await bed.measure(file);
      expectTraffic(result);
      expect(await strangers()).toBe(0);
      for (const name of ["gen-p0", "fwd-p0", "fwd-p1", "sink-p0"]) {
        expect((await portOf(name)).vrings).toBe(6);
      }
      expect((await askNf(LAB, "sink", "stats"))?.app).toMatchObject({ flows: { seen: 64, reordered: 0 } });
      await bed.expectExit(0, ["destroy", LAB]);
    }
    await bed.expectNoTrace();
  });
});
