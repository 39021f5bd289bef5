import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DockerError } from "../../../../src/host/docker-error.ts";
import { HostError } from "../../../../src/host/host.ts";
import type { Reader } from "../../../../src/provision/driver.ts";
import { makeExporter, makeHostsExporter } from "../../../../src/run/exporter/exporter.ts";
import { FakePeer, type Message } from "../../rpc/fake-peer.ts";
import { container, nfContainer, nfStats, port, reader, switchContainer } from "./made-up.ts";

const captured = (name: string) =>
  readFileSync(new URL(`../../rpc/ovs-control/captured/${name}.txt`, import.meta.url), "utf8").replaceAll(
    /\bvh([01])\b/g,
    (_, n) => (n === "0" ? "gen-p0" : "sink-p0"),
  );
const SWITCH: Readonly<Record<string, string>> = {
  "dpctl/show": captured("dpctl-io"),
  "dpif-netdev/pmd-rxq-show": captured("pmd-rxq-io"),
  "dpif-netdev/pmd-stats-show": captured("pmd-stats-io"),
};
const GEN = nfStats("pktgen", [{ txPackets: 1000, txBytes: 64_000, txUnsent: 5 }]);
const SINK = nfStats("stats", [{ rxPackets: 990, rxBytes: 63_360, rxNoMbuf: 2 }]);

/** Sockets of labs, by path; what has no answer stays silent. */
function sockets(answers: Readonly<Record<string, (method: string) => unknown>>): Reader["host"]["connect"] {
  return async (path) => {
    const answer = answers[path];
    if (answer === undefined) throw new HostError("local", `connect to ${path}`, "no such socket");
    return new FakePeer(({ method }: Message) => {
      const result = answer(String(method));
      return result === undefined ? undefined : { result };
    }).stream;
  };
}

/** Three packets of 3 µs, two of 50 µs and one of 2 s, in ns. */
const LATENCY = {
  count: 6,
  min: 3000,
  max: 2e9,
  sum: 2_000_110_000,
  buckets: [
    [3000, 3],
    [50_000, 2],
    [2e9, 1],
  ],
};

/** One lab with a switch, all of which answers. */
const LAB = {
  containers: [
    switchContainer("a"),
    nfContainer("a", { nf: "gen", app: "pktgen" }),
    nfContainer("a", { nf: "sink", app: "stats", workerCpu: 2 }),
  ],
  connect: sockets({
    "/run/corebed/a/gen/control.sock": () => GEN,
    "/run/corebed/a/sink/control.sock": () => SINK,
    "/run/corebed/a/switch/vswitchd.ctl": (method) => SWITCH[method],
  }),
};

/** A switch with tunnels to other hosts, as OVS 3.1.0 told it. */
const UPLINKED: Readonly<Record<string, string>> = {
  "dpctl/show": captured("dpctl-uplink"),
  "dpif-netdev/pmd-rxq-show": captured("pmd-rxq-uplink"),
  "dpif-netdev/pmd-stats-show": captured("pmd-stats-io"),
};

async function scrape(parts: Parameters<typeof reader>[0], boundMs = 1000): Promise<string> {
  return (await makeExporter({ reader: reader(parts), version: "1.2.3" })(boundMs)).text;
}

/** The value of the one series with this name and these labels. */
function value(text: string, series: string): number | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

describe("a scrape", () => {
  it("has latency as a histogram that Prometheus can read, with every packet in it", async () => {
    const sink = { ...SINK, app: { ...SINK.app, received: 6, lost: 1, latencyNs: LATENCY } };
    const connect = sockets({ "/run/corebed/a/sink/control.sock": () => sink });
    const text = await scrape({ containers: async () => LAB.containers, connect });
    const chain = 'lab="a",chain="main",datapath="vhost-user"';
    const buckets = [...text.matchAll(/^corebed_chain_latency_seconds_bucket\{.*le="([^"]+)"\} (\d+)$/gm)];
    expect(buckets.map(([, edge, count]) => `${edge}:${count}`)).toEqual(
      "1e-06 0.000002 0.000005 0.00001 0.00002 0.00005 0.0001 0.0002 0.0005 0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5 1 +Inf"
        .split(" ")
        .map(
          (edge, place) =>
            `${Number.isNaN(Number(edge)) ? edge : Number(edge)}:${[0, 0, 3, 3, 3, 3, 5, 5][place] ?? (place < 19 ? 5 : 6)}`,
        ),
    );
    expect(value(text, `corebed_chain_latency_seconds_count{${chain}}`)).toBe(6);
    expect(value(text, `corebed_chain_latency_seconds_sum{${chain}}`)).toBeCloseTo(2.00011, 9);
    expect(value(text, `corebed_chain_missing_packets{${chain}}`)).toBe(1);
  });

  it("tells of each chain that ends in a shared receiver what came of that chain", async () => {
    const ports = ["web", "voice"].map((chain, index) => port("in", { index, chain }));
    const stats = nfStats("stats", [{ rxPackets: 6 }, { rxPackets: 2 }]);
    const [first, second] = stats.ports;
    const sink = {
      ...stats,
      app: { ...SINK.app, received: 6, lost: 1, latencyNs: LATENCY },
      ports: [first, { ...second, app: { ...SINK.app, received: 2, lost: 3 } }],
    };
    const connect = sockets({ "/run/corebed/a/sink/control.sock": () => sink });
    const text = await scrape({
      containers: async () => [nfContainer("a", { nf: "sink", app: "stats", ports })],
      connect,
    });
    const of = (metric: string, chain: string) =>
      value(text, `corebed_chain_${metric}{lab="a",chain="${chain}",datapath="vhost-user"}`);
    expect(["web", "voice"].map((chain) => of("received_packets_total", chain))).toEqual([6, 2]);
    expect(["web", "voice"].map((chain) => of("missing_packets", chain))).toEqual([1, 3]);
    expect(["web", "voice"].map((chain) => of("latency_seconds_count", chain))).toEqual([6, 0]);
  });

  it("tells what every part of a lab counted, as the parts told it", async () => {
    const text = await scrape({ ...LAB, containers: async () => LAB.containers });
    const gen = 'lab="a",chain="main",hop="0",nf="gen",port="0"';
    const sink = 'lab="a",chain="main",hop="0",nf="sink",port="0"';
    const chain = 'lab="a",chain="main",datapath="vhost-user"';
    expect(value(text, `corebed_nf_port_transmit_packets_total{${gen},core="1",datapath="vhost-user"}`)).toBe(1000);
    expect(value(text, `corebed_nf_port_transmit_unsent_packets_total{${gen},core="1",datapath="vhost-user"}`)).toBe(5);
    expect(value(text, `corebed_nf_port_receive_bytes_total{${sink},core="2",datapath="vhost-user"}`)).toBe(63_360);
    // The switch's end of the port, with the PMD's core.
    expect(value(text, `corebed_switch_port_receive_packets_total{${gen},core="0",datapath="vhost-user"}`)).toBe(
      23_917_504,
    );
    expect(value(text, `corebed_chain_sent_packets_total{${chain}}`)).toBe(1000);
    expect(value(text, `corebed_chain_received_packets_total{${chain}}`)).toBe(990);
    expect(value(text, `corebed_hop_packets_total{${chain},hop="0"}`)).toBe(990);
    expect(value(text, `corebed_hop_dropped_packets_total{${chain},hop="0",reason="no_buffer"}`)).toBe(2);
    expect(value(text, `corebed_hop_dropped_packets_total{${chain},hop="0",reason="switch_transmit"}`)).toBe(
      53_539_488,
    );
    expect(text, "a generator's refused packets are no loss of the chain").not.toContain('reason="unsent"');
    expect(value(text, 'corebed_core_owner_info{lab="a",core="0",owner="switch"}')).toBe(1);
    expect(value(text, 'corebed_core_owner_info{lab="a",core="2",owner="sink"}')).toBe(1);
    expect(value(text, 'corebed_pmd_packets_total{lab="a",core="0"}')).toBeGreaterThan(0);
    expect(value(text, 'corebed_pmd_lookup_hits_total{lab="a",core="0",cache="simple_match"}')).toBeGreaterThan(0);
    expect(value(text, 'corebed_lab_up{lab="a"}')).toBe(1);
    expect(value(text, 'corebed_build_info{version="1.2.3"}')).toBe(1);
  });

  it("names counters as counters, and only them", async () => {
    const text = await scrape({ ...LAB, containers: async () => LAB.containers });
    for (const [, name = "", type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      const expected = name.endsWith("_total") ? "counter" : name.endsWith("_latency_seconds") ? "histogram" : "gauge";
      expect(type, name).toBe(expected);
    }
  });

  it("works with no lab, and with no Docker engine", async () => {
    expect(value(await scrape({ containers: async () => [] }), "corebed_docker_up")).toBe(1);
    const down = await scrape({ containers: () => Promise.reject(new DockerError("list containers", "gone")) });
    expect(value(down, "corebed_docker_up")).toBe(0);
    expect(down).not.toContain("corebed_lab_up");
  });

  it("does not ask a paused or ended container, and says that it is down", async () => {
    const containers = [
      nfContainer("a", { nf: "gen", app: "pktgen", state: "paused" }),
      nfContainer("a", { nf: "sink", app: "stats", state: "exited" }),
    ];
    const asked: string[] = [];
    const connect: Reader["host"]["connect"] = (path) => {
      asked.push(path);
      return Promise.reject(new HostError("local", "connect", "refused"));
    };
    const text = await scrape({ containers: async () => containers, connect });
    expect(asked).toEqual([]);
    expect(value(text, 'corebed_lab_up{lab="a"}')).toBe(0);
    expect(value(text, 'corebed_nf_up{lab="a",nf="gen"}')).toBe(0);
    expect(text).not.toContain("corebed_nf_port");
  });

  it("is over in time when an NF or the engine is stuck, and the rest is in it", async () => {
    const connect = sockets({
      "/run/corebed/a/gen/control.sock": () => undefined,
      "/run/corebed/a/sink/control.sock": () => SINK,
      "/run/corebed/a/switch/vswitchd.ctl": () => undefined,
    });
    const start = performance.now();
    const text = await scrape({ containers: async () => LAB.containers, connect }, 100);
    expect(performance.now() - start).toBeLessThan(1500);
    expect(value(text, 'corebed_nf_up{lab="a",nf="gen"}')).toBe(0);
    expect(value(text, 'corebed_nf_up{lab="a",nf="sink"}')).toBe(1);
    expect(value(text, 'corebed_switch_up{lab="a"}')).toBe(0);
    expect(value(text, 'corebed_lab_up{lab="a"}')).toBe(0);
    expect(text).toContain("corebed_chain_received_packets_total");
    expect(value(await scrape({ containers: () => new Promise(() => {}) }, 50), "corebed_docker_up")).toBe(0);
  });

  it("does not pile calls up on a stuck engine, and reads once for scrapes that overlap", async () => {
    let calls = 0;
    const containers = (): Promise<never> => {
      calls += 1;
      return new Promise(() => {});
    };
    const exporter = makeExporter({ reader: reader({ containers }), version: "1" });
    const [first, second] = await Promise.all([exporter(30), exporter(30)]);
    expect(first).toBe(second);
    await exporter(30);
    expect(calls).toBe(1);
  });

  it("forgets a lab with its containers", async () => {
    let containers = LAB.containers;
    const exporter = makeExporter({
      reader: reader({ connect: LAB.connect, containers: async () => containers }),
      version: "1",
    });
    expect((await exporter(1000)).text).toContain('lab="a"');
    containers = [];
    expect((await exporter(1000)).text).not.toContain('lab="a"');
  });

  it("tells of several hosts which of them each series is of, and of an engine there that does not answer", async () => {
    const paths = { main: ["gen", "fwd", "sink"] };
    const on = (host: string, nf: string, app: string, ports: readonly unknown[]) => [
      switchContainer("spread", { host }),
      nfContainer("spread", { nf, app, ports, paths, host }),
    ];
    const answers = (nf: string, stats: unknown) =>
      sockets({
        [`/run/corebed/spread/${nf}/control.sock`]: () => stats,
        "/run/corebed/spread/switch/vswitchd.ctl": (method) => UPLINKED[method],
      });
    const a = reader({
      containers: async () => on("a", "gen", "pktgen", [port("out")]),
      connect: answers("gen", GEN),
      files: { "/proc/meminfo": "HugePages_Total: 8\nHugePages_Free: 2\nHugepagesize: 2048 kB\n" },
    });
    const b = reader({
      containers: async () => on("b", "fwd", "l2fwd", [port("in"), port("out", { index: 1 })]),
      connect: answers("fwd", nfStats("l2fwd", [{ rxPackets: 7 }, { txPackets: 6 }])),
    });
    const silent = reader({ containers: () => new Promise(() => {}) });
    const readers = new Map([
      ["a", a],
      ["b", b],
      ["c", silent],
    ]);
    const { text } = await makeHostsExporter({ readers, version: "1" })(400);
    const chain = 'lab="spread",chain="main"';
    const of = (metric: string, labels: string, host: string) =>
      value(text, `corebed_${metric}{${labels},host="${host}"}`);
    expect(of("chain_sent_packets_total", `${chain},datapath="vhost-user"`, "a")).toBe(1000);
    // The hop behind the forwarder is the second, although the first NF of the chain is on another host.
    expect(of("hop_packets_total", `${chain},datapath="vhost-user",hop="0"`, "b")).toBe(7);
    expect(text).toContain(`corebed_nf_port_transmit_packets_total{${chain},hop="1",nf="fwd",port="1"`);
    for (const host of ["a", "b"]) {
      expect(of("switch_uplink_transmit_packets_total", 'lab="spread",core="0"', host)).toBe(45_036);
      expect(of("switch_uplink_receive_bytes_total", 'lab="spread",core="0"', host)).toBe(84);
      expect(value(text, `corebed_docker_up{host="${host}"}`)).toBe(1);
    }
    expect(value(text, 'corebed_docker_up{host="c"}')).toBe(0);
    expect(value(text, 'corebed_hugepages_free{host="a"}')).toBe(2);
    expect(text.match(/^corebed_build_info/gm)).toHaveLength(1);
    // Whoever looks at one of the hosts only is told as well that there are others.
    const { text: alone } = await makeExporter({ reader: b, version: "1" })(400);
    expect(value(alone, `corebed_hop_packets_total{${chain},datapath="vhost-user",hop="0",host="b"}`)).toBe(7);
    expect(value(alone, "corebed_docker_up")).toBe(1);
  });

  it("leaves out what it cannot read on a label, and takes an NF of the user's own image for up while it runs", async () => {
    const containers = [
      container("a", "nf:old", { nf: 7 }),
      nfContainer("a", { nf: "own" }),
      // Twice the same NF: its figures must not be added up.
      ...LAB.containers,
      nfContainer("a", { nf: "gen", app: "pktgen" }),
    ];
    const text = await scrape({ connect: LAB.connect, containers: async () => containers });
    expect(value(text, 'corebed_nf_up{lab="a",nf="own"}')).toBe(1);
    expect(value(text, 'corebed_nf_info{lab="a",nf="own",core="1",app=""}')).toBe(1);
    expect(value(text, 'corebed_chain_sent_packets_total{lab="a",chain="main",datapath="vhost-user"}')).toBe(1000);
    expect(value(text, 'corebed_lab_up{lab="a"}')).toBe(1);
  });

  it("counts at the docker bridge's end of the veth pair, and drops of a forwarder as the hop's", async () => {
    const ports = [port("in", { datapath: "docker-bridge" }), port("out", { index: 1, datapath: "docker-bridge" })];
    const kernel = {
      rxPackets: 11,
      rxDropped: 0,
      rxErrors: 0,
      txPackets: 12,
      txDropped: 13,
      txErrors: 0,
      ringDropped: 14,
    };
    const stats = nfStats("l2fwd", [{ kernel }, { kernel, txUnsent: 3 }]);
    const info = {
      app: "l2fwd",
      version: "1",
      dpdk: "22.11",
      pid: 1,
      tscHz: 1,
      yield: false,
      threads: [],
      ports: [0, 1].map((index) => ({
        index,
        driver: "af_packet",
        mac: "",
        iface: `eth${index}`,
        queueSize: 1,
        mtu: 1500,
      })),
    };
    const asked: string[] = [];
    const counters = (name: string, from: number) =>
      Object.fromEntries(
        ["rx_packets", "rx_dropped", "tx_packets", "tx_dropped"].map((counter, i) => [
          `/sys/class/net/${name}/statistics/${counter}`,
          `${from + i}\n`,
        ]),
      );
    const parts = {
      containers: async () => [
        nfContainer("b", { nf: "gen" }),
        nfContainer("b", { nf: "fwd", app: "l2fwd", ports, paths: { main: ["gen", "fwd", "sink"] } }),
        nfContainer("b", { nf: "sink" }),
      ],
      connect: sockets({
        "/run/corebed/b/fwd/control.sock": (method) => {
          asked.push(method);
          return method === "info" ? info : stats;
        },
      }),
      files: {
        "/proc/42/root/sys/class/net/eth0/iflink": "71\n",
        "/proc/42/root/sys/class/net/eth1/iflink": "72\n",
        "/sys/class/net/vetha/ifindex": "71\n",
        "/sys/class/net/vethb/ifindex": "72\n",
        ...counters("vetha", 100),
        ...counters("vethb", 200),
        "/proc/meminfo": "HugePages_Total:     512\nHugePages_Free:      500\nHugepagesize:       2048 kB\n",
      },
    };
    const exporter = makeExporter({ reader: reader(parts), version: "1" });
    const { text } = await exporter(1000);
    const hop = (n: number, reason: string) =>
      value(
        text,
        `corebed_hop_dropped_packets_total{lab="b",chain="main",datapath="docker-bridge",hop="${n}",reason="${reason}"}`,
      );
    expect([hop(0, "bridge_transmit"), hop(0, "receive_ring"), hop(0, "no_buffer")]).toEqual([103, 14, 0]);
    expect([hop(1, "unsent"), hop(1, "interface_transmit"), hop(1, "bridge_receive")]).toEqual([3, 13, 201]);
    expect(text, "neither the first NF of its chain nor the last").not.toContain("corebed_chain_");
    const labels = 'lab="b",chain="main",hop="0",nf="fwd",port="0",core="1",datapath="docker-bridge"';
    expect(value(text, `corebed_bridge_port_transmit_packets_total{${labels}}`)).toBe(102);
    expect(value(text, `corebed_nf_interface_receive_packets_total{${labels}}`)).toBe(11);
    expect(value(text, "corebed_hugepages_free")).toBe(500);
    expect(value(text, "corebed_hugepage_size_bytes")).toBe(2_097_152);
    // Which interface it is was worth asking once.
    await exporter(1000);
    expect(asked.filter((method) => method === "info")).toHaveLength(1);
  });

  it("tells which CPUs are taken before it reads anything", async () => {
    const told: (readonly number[])[] = [];
    const avoid = async (cpus: readonly number[]) => {
      told.push(cpus);
    };
    const world = reader({ connect: LAB.connect, containers: async () => LAB.containers });
    await makeExporter({ reader: world, version: "1", avoid })(1000);
    expect(told).toEqual([[0, 1, 2]]);
  });
});
