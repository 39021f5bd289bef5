import { expect, test } from "vitest";
import { parseCpuTicks } from "../../../src/run/cpu-ticks.ts";

const STAT = `cpu  300 10 60 3000 20 5 6 7 40 0
cpu0 100 10 20 1000 20 1 2 3 40 0
cpu11 200 0 40 2000 0 4 4 4 0 0
intr 12345 0 9 0
ctxt 99999
procs_running 2
`;

test("reads each CPU by its number, and not the line of all", () => {
  expect([...parseCpuTicks(STAT)]).toEqual([
    [0, { busy: 133, idle: 1020, steal: 3 }],
    [11, { busy: 248, idle: 2000, steal: 4 }],
  ]);
});

test("takes waiting for a disk as idle, and time of guests as counted already", () => {
  expect(parseCpuTicks("cpu0 50 0 0 0 7 0 0 0 50 0\n").get(0)).toEqual({ busy: 50, idle: 7, steal: 0 });
});

test("takes columns that an older kernel does not have as nothing", () => {
  expect(parseCpuTicks("cpu0 1 2 3 4\n").get(0)).toEqual({ busy: 6, idle: 4, steal: 0 });
});

test("knows no CPU where there is no text", () => {
  expect(parseCpuTicks("").size).toBe(0);
});
