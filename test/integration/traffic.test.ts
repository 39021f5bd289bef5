import { expect, test } from "vitest";
import type { TopologyInput } from "../../src/topology/schema.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { POSSIBLE_CARRIERS } from "./support/carriers.ts";
import { pair, standIns, TRAFFIC, trio } from "./support/topology.ts";

const bed = setUpBed("it-traffic");

const FORMS: readonly (readonly [string, Partial<NonNullable<TopologyInput["traffic"]>>])[] = [
  ["IMIX, many flows by Zipf's law", { frame: "imix", flows: { count: 1000, choice: "zipf" } }],
  ["IPv6, TCP and a VLAN tag", { frame: 128, network: "ipv6", transport: "tcp", vlan: 100 }],
  ["both directions", { direction: "both", rate: "10kpps" }],
  ["jumbo frames", { frame: 9000, rate: "5kpps" }],
];

const CASES = POSSIBLE_CARRIERS.flatMap((datapath) => FORMS.map(([what, form]) => [datapath, what, form] as const));

/** Frames that are refused over AF_XDP, since they fit none of its buffers, and over ipvlan, which goes by the IPv4 address, have their messages in test/unit/lab. */
const REFUSED = (datapath: string, { frame, network }: (typeof FORMS)[number][1]) =>
  (datapath === "af-xdp" && frame === 9000) || (datapath === "ipvlan" && network === "ipv6");

test.each(CASES.filter(([datapath, , form]) => !REFUSED(datapath, form)))(
  "%s: %s, every packet accounted for",
  async (datapath, _, form) => {
    // What stands in for a card carries no jumbo frames on the switch.
    const nics = datapath === "nic" && form.frame === 9000 ? { nics: standIns(2, "nf") } : {};
    const topology = pair("it-traffic", { datapath, traffic: { ...TRAFFIC, ...form }, ...nics });
    const file = await bed.write("lab.yaml", topology);
    const result = await bed.measure(file);
    expectTraffic(result);
    const [trial] = result.arms[0]?.trials ?? [];
    expect(trial?.chains.map(({ direction }) => direction)).toEqual(
      form.direction === "both" ? [undefined, "reverse"] : [undefined],
    );
    for (const chain of trial?.chains ?? []) {
      expect(chain.latencyNs?.count).toBe(chain.received);
      const meanBytes = chain.receivedBytes / chain.received;
      // The last cycle of a genome may be cut short.
      expect(Math.abs(meanBytes / (result.arms[0]?.frameBytes ?? 0) - 1)).toBeLessThan(0.02);
    }
    await bed.expectNoTrace();
  },
);

test("a capture is replayed, and its frames are counted though they carry no stamp", async () => {
  await bed.write("one.pcap", capture(100));
  const file = await bed.write("lab.yaml", pair("it-traffic", { traffic: { ...TRAFFIC, pcap: "one.pcap" } }));
  const result = await bed.measure(file);
  expectTraffic(result);
  const chain = result.arms[0]?.trials[0]?.chains[0];
  expect(chain?.received).toBeGreaterThan(1000);
  expect(chain?.receivedBytes).toBe((chain?.received ?? 0) * 104);
  expect(chain).not.toHaveProperty("latencyNs");
});

test("a forwarder drops what its rules say, works for each packet, and the ledger knows", async () => {
  const nfs = {
    gen: { app: "pktgen" as const },
    fwd: { app: "l2fwd" as const, drop: [{ every: 10 }], work: { cycles: 300, memory: "1MiB" } },
    sink: { app: "stats" as const },
  };
  const file = await bed.write("lab.yaml", trio("it-traffic", { nfs, traffic: { ...TRAFFIC, rate: "10kpps" } }));
  const result = await bed.measure(file);
  expectTraffic(result);
  expect(result.errors).toEqual([]);
  const chain = result.arms[0]?.trials[0]?.chains[0];
  const dropped = chain?.ledger.droppedByReason.find(({ counter }) => counter === "NF fwd ports[1].app.dropped");
  expect(dropped?.packets).toBe(Math.floor((chain?.sent ?? 0) / 10));
});

test("testpmd in the middle, and at both ends measured at the switch", async () => {
  const middle = {
    gen: { app: "pktgen" as const },
    fwd: { app: "testpmd" as const, args: ["--forward-mode=macswap"] },
    sink: { app: "stats" as const },
  };
  const between = await bed.write(
    "lab.yaml",
    trio("it-traffic", { nfs: middle, traffic: { ...TRAFFIC, rate: "5kpps" } }),
  );
  const forwarded = await bed.measure(between);
  const [through] = forwarded.arms[0]?.trials ?? [];
  expect(through?.lossRatio).toBeLessThan(0.2);
  expect(through?.throughputPps).toBeGreaterThan(3000);

  const ends = { gen: { app: "testpmd" as const }, sink: { app: "testpmd" as const } };
  const traffic = { ...TRAFFIC, rate: "max" };
  const alone = await bed.measure(await bed.write("lab.yaml", pair("it-traffic", { nfs: ends, traffic })));
  const chain = alone.arms[0]?.trials[0]?.chains[0];
  expect(chain?.sent).toBeGreaterThan(1000);
  expect(chain?.received).toBeGreaterThan(0);
  expect(chain?.ledger.points[0]?.at).toContain("switch port");

  const into = { gen: { app: "testpmd" as const, args: ["--txpkts=512"] }, sink: { app: "stats" as const } };
  const received = await bed.measure(await bed.write("lab.yaml", pair("it-traffic", { nfs: into, traffic })));
  const [trial] = received.arms[0]?.trials ?? [];
  expect(trial?.complete).toBe(true);
  expect(trial?.chains[0]?.received).toBeGreaterThan(0);
  expect((trial?.chains[0]?.receivedBytes ?? 0) / (trial?.chains[0]?.received ?? 1)).toBe(516);
  expect(trial?.hygiene.threads.map(({ owner }) => owner)).toContain("gen");

  const refused = await bed.expectExit(65, ["run", await bed.write("rate.yaml", pair("it-traffic", { nfs: ends }))]);
  expect(refused.stderr).toContain("gen, which sends, is no pktgen");
});

/** A capture of one UDP frame of this length (without FCS), as libpcap writes it: microseconds, little endian, Ethernet. */
function capture(length: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(24 + 16 + length));
  const header: readonly (readonly [number, number])[] = [
    [0, 0xa1b2c3d4],
    [16, 65_535],
    [20, 1],
    [32, length],
    [36, length],
  ];
  for (const [at, value] of header) bytes.setUint32(at, value, true);
  bytes.setUint16(4, 2, true);
  bytes.setUint16(6, 4, true);
  const frame = 40;
  bytes.setUint16(frame + 12, 0x0800);
  bytes.setUint8(frame + 14, 0x45);
  bytes.setUint16(frame + 16, length - 14);
  bytes.setUint8(frame + 22, 64);
  bytes.setUint8(frame + 23, 17);
  bytes.setUint32(frame + 26, 0xc6120001);
  bytes.setUint32(frame + 30, 0xc6120002);
  bytes.setUint16(frame + 34, 1024);
  bytes.setUint16(frame + 36, 9);
  bytes.setUint16(frame + 38, length - 34);
  return new Uint8Array(bytes.buffer);
}
