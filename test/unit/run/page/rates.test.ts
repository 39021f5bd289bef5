import { describe, expect, it } from "vitest";
import { sample } from "../../../../src/run/exporter/families.ts";
import { ratesBetween, share } from "../../../../src/run/page/rates.ts";

const hop = { lab: "a", chain: "main", hop: "0", datapath: "vhost-user" };
const dropped = (reason: string, packets: number) =>
  sample("corebed_hop_dropped_packets_total", { ...hop, reason }, packets);

describe("rates between two readings", () => {
  it("are per second, and add up over what matches", () => {
    const rates = ratesBetween(
      [...dropped("no_buffer", 10), ...dropped("unsent", 0)],
      [...dropped("no_buffer", 30), ...dropped("unsent", 4)],
      2,
    );
    expect(rates.sum("corebed_hop_dropped_packets_total", { lab: "a" })).toBe(12);
    expect(rates.sum("corebed_hop_dropped_packets_total", { lab: "a", reason: "unsent" })).toBe(2);
    expect(rates.sum("corebed_hop_dropped_packets_total", { lab: "b" })).toBeUndefined();
  });

  it("find a series by its labels, whatever their order", () => {
    const before = sample(
      "corebed_hop_packets_total",
      { datapath: "vhost-user", hop: "0", chain: "main", lab: "a" },
      5,
    );
    const rates = ratesBetween(before, sample("corebed_hop_packets_total", hop, 6), 1);
    expect(rates.sum("corebed_hop_packets_total", { chain: "main" })).toBe(1);
  });

  it("are unknown for a new counter, one that went back, and where no time has passed", () => {
    const [low, high] = [sample("corebed_hop_packets_total", hop, 5), sample("corebed_hop_packets_total", hop, 9)];
    const of = (rates: ReturnType<typeof ratesBetween>) => rates.sum("corebed_hop_packets_total", {});
    expect(of(ratesBetween([], high, 1))).toBeUndefined();
    expect(of(ratesBetween(high, low, 1))).toBeUndefined();
    expect(of(ratesBetween(low, high, 0))).toBeUndefined();
  });

  it("make shares only of what is known", () => {
    expect([share(1, 3), share(0, 0), share(undefined, 1), share(0, 2)]).toEqual([0.25, undefined, undefined, 0]);
  });
});
