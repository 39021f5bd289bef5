import { describe, expect, it } from "vitest";
import { readExpectation } from "../../../src/topology/expectation.ts";
import type { Expectation } from "../../../src/topology/topology.ts";

function read(text: string): Omit<Expectation, "text"> {
  const reading = readExpectation(text);
  if (!reading.ok) throw new Error(reading.problem);
  const { text: _, ...rest } = reading.value.expectation;
  return rest;
}

/** The offending part, as the diagnostic would mark it. */
function marked(text: string): string {
  const reading = readExpectation(text);
  if (reading.ok) throw new Error("accepted");
  return text.slice(reading.at?.offset, (reading.at?.offset ?? 0) + (reading.at?.length ?? 0));
}

const metric = (name: string, factor = 1, datapath?: string) => ({ kind: "metric", factor, metric: name, datapath });
const number = (value: number) => ({ kind: "number", value });

describe("an expectation", () => {
  it("compares two datapaths", () => {
    expect(read("throughput(vhost-user) >= 5 * throughput(docker-bridge)")).toEqual({
      left: metric("throughput", 1, "vhost-user"),
      relation: ">=",
      right: metric("throughput", 5, "docker-bridge"),
    });
  });

  it("takes the factor on either side of the metric, and no spaces", () => {
    const swapped = { left: metric("throughput", 2.5), relation: "<", right: metric("throughput", 1, "host") };
    expect(read("2.5*throughput<throughput(host)")).toEqual(swapped);
    expect(read(" throughput * 2.5 < throughput( host ) ")).toEqual(swapped);
  });

  it.each([
    ["throughput >= 1Mpps", 1e6],
    ["throughput >= 1.1 kpps", 1100],
    ["bandwidth >= 9.5Gbps", 9.5e9],
    ["loss <= 0.1%", 0.001],
    ["loss <= 0", 0],
    ["latency_p50 <= 15us", 15e-6],
    ["latency_p99 <= 15\u00b5s", 15e-6],
    ["latency_p99 <= 700ns", 7e-7],
    ["latency_p99 <= 2s", 2],
  ])("%s is in base units", (text, value) => {
    expect(read(text).right).toEqual(number(value));
  });

  it("takes its number on the left as well", () => {
    expect(read("1Mpps < throughput(host)")).toEqual({
      left: number(1e6),
      relation: "<",
      right: metric("throughput", 1, "host"),
    });
  });

  it.each([
    ["throughput(vhost-usr) > 1Mpps", "vhost-usr"],
    ["thruput > 1Mpps", "thruput"],
    ["throughput > 12", "12"],
    ["throughput > 1 us", "1 us"],
    ["throughput > 2 * loss", "loss"],
    ["throughput > 3 * 4", "4"],
    ["loss = 0", "="],
    ["loss < 1% < 2%", "<"],
    ["loss < 1% or loss > 2%", "or"],
    ["loss(", ""],
    ["loss(host > 1%", ">"],
    ["loss < 1% #", "#"],
    ["1% < 2%", "1% < 2%"],
    ["", ""],
    ["   ", " "],
  ])("%s is refused at the right place", (text, part) => {
    expect(marked(text)).toBe(part);
  });
});
