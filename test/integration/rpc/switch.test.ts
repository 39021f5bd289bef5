import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JsonRpcClient } from "../../../src/rpc/json-rpc.ts";
import { NfControl } from "../../../src/rpc/nf-control/nf-control.ts";
import { OpenFlowClient } from "../../../src/rpc/openflow/openflow-client.ts";
import { OpenFlowError } from "../../../src/rpc/openflow/openflow-error.ts";
import { OvsControl } from "../../../src/rpc/ovs-control/ovs-control.ts";
import { pmdStatsBetween } from "../../../src/rpc/ovs-control/pmd-stats-show.ts";
import { commitAndWait, OPEN_VSWITCH, setRootRow } from "../../../src/rpc/ovsdb/commit.ts";
import { monitorUntil } from "../../../src/rpc/ovsdb/monitor.ts";
import { insert, mutate, select, update, wait } from "../../../src/rpc/ovsdb/operation.ts";
import { OvsdbError } from "../../../src/rpc/ovsdb/ovsdb-error.ts";
import { transact } from "../../../src/rpc/ovsdb/transact.ts";
import { map, namedUuid } from "../../../src/rpc/ovsdb/value.ts";
import { RUN_DIR, ScratchLab } from "./scratch-lab.ts";

const allOf = (cookie: bigint) => ({ cookie, mask: 0xffff_ffff_ffff_ffffn });

/** Steps of one story on one real switch, OVS 3.1 with DPDK: each needs those before it. */
const ONE_FLOW = { count: 1, choice: "round-robin", skew: 1, vary: "port" } as const;

describe("a real switch", () => {
  let lab: ScratchLab;
  let db: JsonRpcClient;
  let control: OvsControl;
  let bridge: OpenFlowClient;
  let gen: NfControl<"pktgen">;
  let sink: NfControl<"stats">;

  beforeAll(async () => {
    lab = await ScratchLab.create();
    await lab.startSwitch();
    db = new JsonRpcClient(await lab.connect("db.sock"), { peer: "the switch's database" });
    control = new OvsControl(new JsonRpcClient(await lab.connect("vswitchd.ctl"), { peer: "ovs-vswitchd" }));
  });

  afterAll(async () => {
    await Promise.all([gen, sink, bridge, control, db].map((client) => client?.close()));
    await lab?.[Symbol.asyncDispose]();
  });

  const connected = (names: readonly string[]) =>
    monitorUntil(db, {
      db: OPEN_VSWITCH,
      table: "Interface",
      columns: { name: "string", status: { map: ["string", "string"] } },
      what: `${names.join(" and ")} are connected`,
      until: (rows) => {
        const up = [...rows.values()].filter(({ status }) => status.get("status") === "connected");
        return names.every((name) => up.some((row) => row.name === name)) || undefined;
      },
      timeoutMs: 20_000,
    });

  it("gets its root row once, whoever makes it", async () => {
    const row = { external_ids: map({ made: "once" }) };
    await Promise.all([setRootRow(db, row), setRootRow(db, row)]);
    const [rows] = await transact(db, OPEN_VSWITCH, [
      select(OPEN_VSWITCH, [], { external_ids: { map: ["string", "string"] } }),
    ]);
    expect(rows.map(({ external_ids }) => [...external_ids])).toEqual([[["made", "once"]]]);
  });

  it("initialises DPDK", async () => {
    const config = map({
      "dpdk-extra": "--no-pci",
      "dpdk-lcore-mask": "0x1",
      "pmd-cpu-mask": "0x1",
      "per-port-memory": "true",
      "dpdk-init": "true",
    });
    await commitAndWait(db, [update(OPEN_VSWITCH, [], { other_config: config })], { timeoutMs: 60_000 });
    // vswitchd writes this one a little after cur_cfg.
    const root = await monitorUntil(db, {
      db: OPEN_VSWITCH,
      table: OPEN_VSWITCH,
      columns: { dpdk_initialized: "boolean", dpdk_version: { optional: "string" }, iface_types: { set: "string" } },
      what: "DPDK is initialised",
      until: (rows) => [...rows.values()].find(({ dpdk_initialized }) => dpdk_initialized),
    });
    expect(root.dpdk_version).toContain("DPDK");
    expect(root.iface_types).toContain("dpdkvhostuserclient");
  });

  it("gets a bridge with two vhost-user ports in one transaction", async () => {
    const ports = ["gen", "sink"].flatMap((name, i) => [
      insert(
        "Interface",
        {
          name,
          type: "dpdkvhostuserclient",
          options: map({ "vhost-server-path": `${RUN_DIR}/${name}.sock` }),
          ofport_request: i + 1,
        },
        `interface_${name}`,
      ),
      insert("Port", { name, interfaces: [namedUuid(`interface_${name}`)] }, `port_${name}`),
    ]);
    const operations = [
      wait({ table: "Bridge", where: [["name", "==", "br0"]], columns: ["name"], until: "==", rows: [] }),
      insert("Interface", { name: "br0", type: "internal" }, "interface_br0"),
      insert("Port", { name: "br0", interfaces: [namedUuid("interface_br0")] }, "port_br0"),
      ...ports,
      insert(
        "Bridge",
        {
          name: "br0",
          datapath_type: "netdev",
          fail_mode: "secure",
          ports: [namedUuid("port_br0"), namedUuid("port_gen"), namedUuid("port_sink")],
        },
        "br0",
      ),
      mutate(OPEN_VSWITCH, [], [["bridges", "insert", [namedUuid("br0")]]]),
    ];
    await commitAndWait(db, operations, { timeoutMs: 30_000 });
    const columns = { name: "string", ofport: { optional: "integer" }, error: { optional: "string" } } as const;
    const [rows] = await transact(db, OPEN_VSWITCH, [
      select("Interface", [["type", "==", "dpdkvhostuserclient"]], columns),
    ]);
    expect(rows.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: "gen", ofport: 1, error: undefined },
      { name: "sink", ofport: 2, error: undefined },
    ]);
  });

  it("tells which operation it refuses, and a refused commit apart", async () => {
    const operations = [select("Bridge", [], { name: "string" }), insert("Port", { colour: "red" })] as const;
    const refused = await transact(db, OPEN_VSWITCH, operations).catch((error) => error);
    expect(refused).toBeInstanceOf(OvsdbError);
    expect(refused).toMatchObject({ index: 1, operation: "insert Port", error: "unknown column" });

    const guard = wait({ table: "Bridge", where: [], columns: ["name"], until: "==", rows: [] });
    expect(await transact(db, OPEN_VSWITCH, [guard]).catch((error) => error)).toMatchObject({
      index: 0,
      error: "timed out",
    });

    const dangling = { uuid: "00000000-0000-4000-8000-000000000000" };
    const commit = await transact(db, OPEN_VSWITCH, [
      mutate("Bridge", [["name", "==", "br0"]], [["ports", "insert", [dangling]]]),
    ]).catch((error) => error);
    expect(commit).toBeInstanceOf(OvsdbError);
    expect(commit).toMatchObject({ index: undefined, error: "referential integrity violation" });
  });

  it("waits for a state of the database only as long as told", async () => {
    const never = monitorUntil(db, {
      db: OPEN_VSWITCH,
      table: "Bridge",
      columns: { name: "string" },
      what: "a bridge called br9 exists",
      until: (rows) => [...rows.values()].some(({ name }) => name === "br9") || undefined,
      timeoutMs: 100,
    });
    await expect(never).rejects.toMatchObject({ kind: "timeout" });
    expect(db.pendingCalls).toBeLessThanOrEqual(1);
  });

  it("takes flows on the bridge's management socket, and refuses a bad one by name", async () => {
    bridge = new OpenFlowClient(await lab.connect("br0.mgmt"), { peer: "bridge br0" });
    await bridge.addFlows([
      { cookie: 0xc0n, priority: 10, match: { inPort: 1 }, outputs: [2] },
      { cookie: 0xc1n, priority: 20, match: {}, outputs: [1, 2] },
      { cookie: 0xc1n, priority: 5, match: { inPort: 2 }, outputs: [] },
    ]);
    const flows = await bridge.flowStats();
    expect(flows.map(({ cookie, priority, match, outputs }) => ({ cookie, priority, match, outputs }))).toEqual(
      expect.arrayContaining([
        { cookie: 0xc0n, priority: 10, match: { inPort: 1 }, outputs: [2] },
        { cookie: 0xc1n, priority: 20, match: {}, outputs: [1, 2] },
        { cookie: 0xc1n, priority: 5, match: { inPort: 2 }, outputs: [] },
      ]),
    );
    await bridge.deleteFlows(allOf(0xc1n));
    expect((await bridge.flowStats()).map(({ cookie }) => cookie)).toEqual([0xc0n]);
    expect(await bridge.flowStats(allOf(0xc1n))).toEqual([]);
    const bad = { cookie: 1n, priority: 1, match: { inPort: 1 }, outputs: [0xffff_ff99] };
    const refusal = await bridge.addFlows([bad]).catch((error) => error);
    expect(refusal).toBeInstanceOf(OpenFlowError);
    expect(refusal.message).toContain("add flow priority=1,in_port=1: bad action: bad output port");
  });

  it("shows ports without a peer as such", async () => {
    const ports = await bridge.portStats();
    expect(ports.map(({ port }) => port)).toEqual([0xffff_fffe, 1, 2]);
    expect(ports[1]).toMatchObject({ rxPackets: undefined, txDropped: undefined });
    const datapath = await control.datapathStats();
    const byName = new Map(datapath.ports.map((port) => [port.name, port]));
    expect(byName.get("gen")).toMatchObject({ type: "dpdkvhostuserclient", rx: undefined, tx: undefined });
    expect(byName.get("br0")).toMatchObject({ rx: { packets: 0, dropped: 0 } });
  });

  it("answers its control socket", async () => {
    const [[pmd], queues, version] = await Promise.all([
      control.pmdStats(),
      control.pmdQueues(),
      control.command("version"),
    ]);
    expect(version).toMatch(/Open vSwitch\) 3\./);
    expect(pmd).toMatchObject({ thread: "pmd", coreId: 0 });
    expect(queues[0]?.queues.map(({ port, queueId }) => [port, queueId])).toEqual(
      expect.arrayContaining([
        ["gen", 0],
        ["sink", 0],
      ]),
    );
    expect(await control.coverageCounter("vhost_tx_contention")).toBe(0);
    // The threads add what they have counted to the totals once a second.
    const reconfigured = async () => (await control.coverageTotals()).get("bridge_reconfigure") ?? 0;
    await expect.poll(reconfigured, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect(control.coverageCounter("nonsense")).rejects.toMatchObject({
      kind: "remote",
      remote: "No such counter\n",
    });
    await expect(control.command("nonsense")).rejects.toMatchObject({ kind: "remote" });
  });

  describe("between two NFs", () => {
    it("sees them connect", async () => {
      await Promise.all([lab.startNf("gen", "pktgen"), lab.startNf("sink", "stats")]);
      await connected(["gen", "sink"]);
      gen = new NfControl(new JsonRpcClient(await lab.connect("gen.ctl"), { peer: "NF gen" }), "pktgen");
      sink = new NfControl(new JsonRpcClient(await lab.connect("sink.ctl"), { peer: "NF sink" }), "stats");
      const info = { version: expect.any(String), ports: [{ driver: expect.any(String), queueSize: 1024 }] };
      expect(await gen.info()).toMatchObject({ app: "pktgen", ...info });
      expect(await sink.info()).toMatchObject({ app: "stats", ...info });
      expect((await control.pmdQueues())[0]?.queues.map(({ enabled }) => enabled)).toEqual([true, true]);
    });

    it("accounts for every packet, live", async () => {
      const before = (await control.pmdStats())[0];

      await sink.start({ trial: 1 });
      const address = { dstMac: "02:00:00:00:00:02", srcIp: "198.18.0.1", dstIp: "198.18.0.2" };
      await gen.start({
        trial: 1,
        frames: [{ bytes: 64, weight: 1 }],
        flows: ONE_FLOW,
        ratePps: 100_000,
        burst: 32,
        ...address,
      });
      const samples: number[] = [];
      for (let i = 0; i < 20; i++) {
        samples.push((await bridge.portStats(1))[0]?.rxPackets ?? 0);
        await delay(25);
      }
      await gen.stop();
      // Live: the counts keep up with 100 kpps. OVSDB's own statistics would not have moved once in this half second.
      expect(new Set(samples).size).toBeGreaterThan(10);
      expect(samples).toEqual(samples.toSorted((a, b) => a - b));

      const sent = (await gen.stats()).app.sent;
      expect(sent).toBeGreaterThan(10_000);
      await expect.poll(async () => (await bridge.portStats(1))[0]?.rxPackets).toBe(sent);
      const received = async () => (await sink.stats()).app.received;
      const [[out], datapath] = [await bridge.portStats(2), await control.datapathStats()];
      expect((out?.txPackets ?? 0) + (out?.txDropped ?? 0)).toBe(sent);
      await expect.poll(received).toBe(out?.txPackets);
      expect(datapath.ports.find(({ name }) => name === "sink")?.tx).toMatchObject({
        packets: out?.txPackets,
        dropped: out?.txDropped,
      });
      // Flow counts follow within about half a second.
      await expect.poll(async () => (await bridge.flowStats(allOf(0xc0n)))[0]?.packets, { timeout: 5_000 }).toBe(sent);
      const after = (await control.pmdStats())[0];
      if (before === undefined || after === undefined) throw new Error("no PMD thread");
      expect(pmdStatsBetween(before, after).packetsReceived).toBe(sent);
    });

    it("counts what a full ring of the receiver made the switch drop", async () => {
      const [before] = await bridge.portStats(1);
      // Sent back to where it came from: the generator never looks at what it receives.
      await bridge.addFlows([{ cookie: 0xc2n, priority: 50, match: { inPort: 1 }, outputs: [0xffff_fff8] }]);
      const address = { dstMac: "02:00:00:00:00:02", srcIp: "198.18.0.1", dstIp: "198.18.0.2" };
      await gen.start({
        trial: 2,
        frames: [{ bytes: 64, weight: 1 }],
        flows: ONE_FLOW,
        ratePps: 100_000,
        burst: 32,
        ...address,
      });
      await expect
        .poll(async () => ((await bridge.portStats(1))[0]?.txDropped ?? 0) - (before?.txDropped ?? 0))
        .toBeGreaterThan(1000);
      await gen.stop();
    });

    it("passes on what the NF refuses", async () => {
      const bad = {
        trial: 3,
        frames: [{ bytes: 1, weight: 1 }],
        flows: ONE_FLOW,
        ratePps: 0,
        burst: 32,
        dstMac: "x",
        srcIp: "y",
        dstIp: "z",
      };
      await expect(gen.start(bad)).rejects.toMatchObject({ kind: "remote", method: "start", peer: "NF gen" });
    });
  });
});
