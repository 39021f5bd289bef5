import { expect, test } from "vitest";
import { comparability, type ResultDescriptor } from "../../../../src/measure/statistics/comparability.ts";

const HERE: ResultDescriptor = {
  cpuModel: "Intel Xeon 2.50 GHz",
  cpuCount: 2,
  kernelMajorMinor: "6.18",
  virtualisation: "kvm",
  governor: undefined,
  hugePageKib: 2048,
  ovs: "3.1.0",
  dpdk: "22.11.11",
  docker: "20.10.24",
  corebed: "0.1.0",
  placement: "0: switch, 1: source + sink",
  traffic: "64 B, 1 flow, max",
  method: "max-rate 1000 ms",
  simulated: false,
};

test("results of the same host and lab have nothing between them", () => {
  expect(comparability(HERE, { ...HERE })).toEqual([]);
});

test.each<[Partial<ResultDescriptor>, string, string]>([
  [
    { cpuModel: "AMD EPYC" },
    "refuse",
    "The CPU model differs (Intel Xeon 2.50 GHz and AMD EPYC): throughput follows the CPU more than anything in the lab.",
  ],
  [
    { cpuCount: 8 },
    "refuse",
    "The number of CPUs differs (2 and 8): the rest of the system has more room on one of them.",
  ],
  [
    { traffic: "1518 B, 1 flow, max" },
    "refuse",
    "The traffic differs (64 B, 1 flow, max and 1518 B, 1 flow, max): the labs did different work.",
  ],
  [{ simulated: true }, "refuse", "The data plane differs (real and modelled): a model's figures are not a machine's."],
  [{ ovs: "3.3.0" }, "note", "Open vSwitch differs (3.1.0 and 3.3.0): packets take another program's path."],
  [{ cpuModel: undefined }, "note", "The CPU model is known of one only (Intel Xeon 2.50 GHz): it may differ."],
])("%j", (change, severity, sentence) => {
  const [field] = Object.keys(change);
  expect(comparability(HERE, { ...HERE, ...change })).toEqual([{ field, severity, sentence }]);
});

test("what forbids a comparison comes first", () => {
  const there = {
    ...HERE,
    docker: "28.0",
    kernelMajorMinor: "6.1",
    cpuModel: undefined,
    placement: "0: switch",
    cpuCount: 4,
  };
  expect(comparability(HERE, there).map(({ field, severity }) => [field, severity])).toEqual([
    ["placement", "refuse"],
    ["cpuCount", "refuse"],
    ["cpuModel", "note"],
    ["kernelMajorMinor", "note"],
    ["docker", "note"],
  ]);
});
