import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balance } from "../../../src/measure/ledger.ts";
import { countingPoints } from "../../../src/run/counting-points.ts";
import type { Datapath } from "../../../src/topology/topology.ts";
import { hostWith } from "../lab/hosts.ts";
import { chainText, example, labOf } from "../lab/make-lab.ts";
import { type HopLoss, samplesOf } from "./made-up-samples.ts";

const PKTGEN_STATS = example("pktgen-stats.yaml");

function lab(text: string, datapath?: Datapath) {
  return labOf(text, hostWith(16), datapath === undefined ? {} : { datapath });
}

function ledgerOf(of: ReturnType<typeof lab>, traffic: Parameters<typeof samplesOf>[2], chain = "main") {
  const { before, after } = samplesOf(of, chain, traffic);
  return balance(countingPoints(of, chain, "forward", before, after));
}

describe("the places that packets pass", () => {
  test("over vhost-user are the NF's ports and the switch's, by their counters' names", () => {
    const of = lab(PKTGEN_STATS);
    const [gen, sink] = (of.switch?.ports ?? []).map(({ ofport }) => ofport);
    expect(ledgerOf(of, { sent: 100 }).points.map((point) => [point.at, point.counter])).toEqual([
      ["gen port 0 tx", "NF gen ports[0].txPackets"],
      ["switch port gen-p0 rx", `OpenFlow port ${gen} rx_packets`],
      ["switch port sink-p0 tx", `OpenFlow port ${sink} tx_packets`],
      ["sink port 0 rx", "NF sink ports[0].rxPackets"],
      ["sink counted", "NF sink app.received"],
    ]);
  });

  test("over a forwarder are those of both its ports, in the order of the packets", () => {
    expect(ledgerOf(lab(example("chain-l2fwd.yaml")), { sent: 100 }).points.map((point) => point.at)).toEqual([
      "gen port 0 tx",
      "switch port gen-p0 rx",
      "switch port fwd-p0 tx",
      "fwd port 0 rx",
      "fwd port 1 tx",
      "switch port fwd-p1 rx",
      "switch port sink-p0 tx",
      "sink port 0 rx",
      "sink counted",
    ]);
  });

  test("of two chains that share NFs are each chain's own ports and figures of them", () => {
    const places = (chain: string) =>
      ledgerOf(lab(example("shared-nf.yaml"), "memif"), { sent: 100 }, chain).points.map((point) => point.counter);
    expect(places("web")).toEqual([
      "NF web-gen ports[0].txPackets",
      "NF fw ports[0].rxPackets",
      "NF fw ports[1].txPackets",
      "NF sink ports[0].rxPackets",
      "NF sink app.received",
    ]);
    expect(places("voice")).toEqual([
      "NF voice-gen ports[0].txPackets",
      "NF fw ports[2].rxPackets",
      "NF fw ports[3].txPackets",
      "NF sink ports[1].rxPackets",
      "NF sink ports[1].app.received",
    ]);
  });

  test.each(["web", "voice"])(
    "chain %s of two that share NFs: what was lost is told of it and not of the other",
    (chain) => {
      fc.assert(
        fc.property(fc.record({ ruled: fc.nat(9), unsent: fc.nat(9), foreign: fc.nat(9) }), ({ foreign, ...loss }) => {
          const shared = lab(example("shared-nf.yaml"), "memif");
          const { before, after } = samplesOf(shared, chain, { sent: 100, losses: [{}, loss], foreign });
          for (const { name } of shared.chains) {
            const { points } = balance(countingPoints(shared, name, "forward", before, after));
            const lost = points
              .flatMap(({ drops }) => drops.map(({ packets }) => packets))
              .reduce((sum, n) => sum + n, 0);
            expect(lost).toBe(name === chain ? loss.ruled + loss.unsent + foreign : 0);
            expect(points.at(-1)?.packets).toBe(name === chain ? 100 - lost : 0);
            expect(points.filter(({ unexplained }) => unexplained !== 0)).toEqual([]);
          }
        }),
      );
    },
  );

  test("over a memif are the ports of the two NFs alone", () => {
    expect(ledgerOf(lab(PKTGEN_STATS, "memif"), { sent: 100 }).points.map((point) => point.at)).toEqual([
      "gen port 0 tx",
      "sink port 0 rx",
      "sink counted",
    ]);
  });

  test.each([
    ["af-xdp", "OVS dropped it on receipt", "the AF_XDP socket's ring was full"],
    ["ovs-veth", "OVS's packet socket was full, which it does not count", "the packet socket's ring was full"],
  ] as const)(
    "over %s are the veth pairs and the switch between them, and no packet is left over",
    (datapath, ...reasons) => {
      const ledger = ledgerOf(lab(PKTGEN_STATS, datapath), { sent: 100, losses: [{ switchRx: 20, ring: 5 }] });
      expect(ledger.points.map((point) => point.at)).toEqual([
        "gen port 0 tx",
        "gen p0 tx",
        "switch port gen-p0 rx",
        "switch port sink-p0 tx",
        "sink p0 rx",
        "sink port 0 rx",
        "sink counted",
      ]);
      expect(ledger.droppedByReason.map(({ reason, packets }) => [reason, packets])).toEqual([
        [reasons[0], 20],
        [reasons[1], 5],
      ]);
      expect(ledger.balanced).toBe(true);
    },
  );

  test("of an NF that is alone is its port", () => {
    const alone = lab(example("generator-alone.yaml"));
    expect(ledgerOf(alone, { sent: 0 }).points.map((point) => point.at)).toEqual(["gen port 0 tx"]);
  });

  test("over a docker bridge are both ends of each veth pair", () => {
    expect(ledgerOf(lab(PKTGEN_STATS, "docker-bridge"), { sent: 100 }).points.map((point) => point.at)).toEqual([
      "gen port 0 tx",
      "gen interface tx",
      "bridge port of gen rx",
      "bridge port of sink tx",
      "sink interface rx",
      "sink port 0 rx",
      "sink counted",
    ]);
  });

  test("of one chain are no other chain's", () => {
    const two = lab(example("two-chains.yaml"));
    const { before, after } = samplesOf(two, "short", { sent: 50 });
    expect(
      balance(countingPoints(two, "long", "forward", before, after)).points.every((point) => point.packets === 0),
    ).toBe(true);
    expect(
      balance(countingPoints(two, "short", "forward", before, after)).points.every((point) => point.packets === 50),
    ).toBe(true);
  });
});

describe("a packet that a counter saw go", () => {
  test.each<readonly [string, Datapath, HopLoss, string]>([
    ["in OVS on receipt", "vhost-user", { switchRx: 3 }, "OVS dropped it on receipt"],
    ["before a full ring", "vhost-user", { switchTx: 3 }, "the ring of sink was full"],
    ["for want of a buffer", "vhost-user", { noMbuf: 3 }, "the NF had no free buffer"],
    ["in a full packet socket", "docker-bridge", { ring: 3 }, "the packet socket's ring was full"],
    ["for want of a buffer on a memif", "memif", { noMbuf: 3 }, "the NF had no free buffer"],
    ["behind a bridge", "docker-bridge", { veth: 3 }, "the receiving side's backlog was full"],
    ["between two veth ends", "host", { veth: 3 }, "the receiving side's backlog was full"],
    ["on macvlan", "macvlan", { ring: 3 }, "the packet socket's ring was full"],
  ])("%s is explained by it", (_where, datapath, loss, reason) => {
    const ledger = ledgerOf(lab(PKTGEN_STATS, datapath), { sent: 100, losses: [loss] });
    expect(ledger.droppedByReason.map((drop) => [drop.reason, drop.packets])).toEqual([[reason, 3]]);
    expect(ledger).toMatchObject({ dropped: 3, unexplained: 0, balanced: true });
    expect(ledger.points.at(-1)?.packets).toBe(97);
  });

  test("that a forwarder could not pass on is told at its way out", () => {
    const ledger = ledgerOf(lab(example("chain-l2fwd.yaml")), { sent: 100, losses: [{}, { unsent: 8 }] });
    expect(ledger.droppedByReason).toMatchObject([
      { at: "fwd port 1 tx", reason: "the next ring was full", packets: 8 },
    ]);
    expect(ledger.balanced).toBe(true);
  });

  test("that the generator could not send is no loss of the chain", () => {
    const of = lab(PKTGEN_STATS);
    const { before, after } = samplesOf(of, "main", { sent: 100, losses: [{ unsent: 60 }] });
    expect(balance(countingPoints(of, "main", "forward", before, after))).toMatchObject({ dropped: 0, unexplained: 0 });
  });

  test("of another trial, or of nobody's, is taken out of those that came", () => {
    const ledger = ledgerOf(lab(PKTGEN_STATS), { sent: 100, foreign: 2, stale: 5 });
    expect(ledger.droppedByReason.map((drop) => [drop.reason, drop.packets])).toEqual([
      ["belonged to another trial", 5],
      ["carried no stamp of a generator", 2],
    ]);
    expect(ledger.balanced).toBe(true);
  });
});

test("a packet that no counter saw go is missing at the step where it went", () => {
  const ledger = ledgerOf(lab(example("chain-l2fwd.yaml")), { sent: 100, losses: [{}, { uncounted: 4 }] });
  expect(
    ledger.points.filter((point) => point.unexplained !== 0).map((point) => [point.at, point.unexplained]),
  ).toEqual([["sink port 0 rx", 4]]);
  expect(ledger).toMatchObject({ dropped: 0, unexplained: 4, balanced: false });
});

test("counters that a switch does not keep count as nothing", () => {
  const of = lab(PKTGEN_STATS);
  const { before, after } = samplesOf(of, "main", { sent: 10 });
  const blank = new Map(
    [...after.switchPorts].map(([port, stats]) => [port, { ...stats, rxDropped: undefined, txDropped: undefined }]),
  );
  expect(balance(countingPoints(of, "main", "forward", before, { ...after, switchPorts: blank })).balanced).toBe(true);
});

describe("whatever is lost where it is counted", () => {
  const some = fc.nat({ max: 50 });
  const loss = fc.record({ unsent: some, switchRx: some, switchTx: some, ring: some, noMbuf: some, veth: some });
  const hops = fc.array(fc.constantFrom<Datapath>("vhost-user", "docker-bridge", "macvlan"), {
    minLength: 1,
    maxLength: 5,
  });

  test("every packet is accounted for, on chains of any length and mixture", () => {
    fc.assert(
      fc.property(hops, fc.array(loss, { minLength: 5, maxLength: 5 }), some, some, (kinds, losses, foreign, stale) => {
        const names = Array.from({ length: kinds.length + 1 }, (_, i) => i);
        const text = chainText(names.length).replace(
          / {2}main: (\[.*\])/,
          `  main: { path: $1, hops: [${kinds.join(", ")}] }`,
        );
        const of = lab(text);
        const { before, after, received } = samplesOf(of, "main", { sent: 10_000, losses, foreign, stale });
        const ledger = balance(countingPoints(of, "main", "forward", before, after));
        expect(ledger.points.filter((point) => point.unexplained !== 0)).toEqual([]);
        const sentByGenerator = 10_000 - (losses[0]?.unsent ?? 0);
        expect(ledger.points[0]?.packets).toBe(sentByGenerator);
        expect(ledger.points.at(-1)?.packets).toBe(received);
        expect(ledger.dropped).toBe(sentByGenerator - received);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a limited hop", () => {
  const limitedTo = (at: string, datapath = "vhost-user") =>
    lab(
      [
        "name: limited",
        "cores: { 0: switch, 1: gen, 2: sink }",
        "nfs: { gen: { app: pktgen }, sink: { app: stats } }",
        `chains: { main: { path: [gen, sink], hops: [{ limit: { rate: 1Gbps, at: ${at} } }] } }`,
        `datapath: ${datapath}`,
      ].join("\n"),
    );

  test.each([
    ["ingress", { switchRx: 0, switchTx: 5 }, 30, "ingress-policed, over the limit of the hop"],
    ["egress", { switchTx: 35 }, 30, "egress-policed, over the limit of the hop"],
    ["meter", { switchTx: 5 }, 30, "metered, over the limit of the hop"],
  ])("names what it dropped at %s apart from a full ring", (at, loss, over, reason) => {
    const of = limitedTo(at);
    // Policed at ingress or metered, packets vanish between the two ports; the counter of the ring does not know of them.
    const uncounted = at === "egress" ? {} : { uncounted: over };
    const { before, after } = samplesOf(of, "main", { sent: 100, losses: [{ ...loss, ...uncounted }] });
    const numberOf = (name: string) => of.switch?.ports.find((port) => port.name === name)?.ofport ?? 0;
    const [from, to] = [numberOf("gen-p0"), numberOf("sink-p0")];
    const count = (packets: number) => ({
      policed: new Map([[to, packets]]),
      metered: new Map([[from, packets]]),
      shaped: new Map<string, number>(),
    });
    const ports = new Map(after.switchPorts);
    const rx = ports.get(from);
    if (at === "ingress" && rx !== undefined) ports.set(from, { ...rx, rxDropped: (rx.rxDropped ?? 0) + over });
    const points = countingPoints(
      of,
      "main",
      "forward",
      { ...before, overLimit: count(7) },
      { ...after, switchPorts: ports, overLimit: count(7 + over) },
    );
    const drops = points.find(({ at: place }) => place === "switch port sink-p0 tx")?.drops;
    expect(drops?.map((drop) => [drop.reason, drop.packets])).toEqual([
      [reason, over],
      ["the ring of sink was full", 5],
    ]);
  });

  test("on a kernel datapath names what found its queue full", () => {
    const of = limitedTo("egress", "docker-bridge");
    const { before, after } = samplesOf(of, "main", { sent: 100 });
    const count = (packets: number) => ({
      policed: new Map<number, number>(),
      metered: new Map<number, number>(),
      shaped: new Map([["gen/0", packets]]),
    });
    const points = countingPoints(
      of,
      "main",
      "forward",
      { ...before, overLimit: count(3) },
      { ...after, overLimit: count(45) },
    );
    const drops = points.find(({ at }) => at === "gen interface tx")?.drops;
    expect(drops?.[0]).toEqual({
      reason: "egress-policed, over the limit of the hop",
      counter: "tbf of interface drops in gen",
      packets: 42,
    });
  });
});
