import { expect, test } from "vitest";
import type { Arm } from "../../../src/measure/result.ts";
import { coreMap } from "../../../src/report/plot/core-map.ts";

test("hosts that number their CPUs alike have a card each", () => {
  const onHost = (host: string, busyRatio: number) => ({ host, cpu: 0, busyRatio });
  const arm = {
    cpus: { owners: ["a", "b"].map((host) => ({ host, cpu: 0, owners: ["switch"] })) },
    trials: [{ usable: true, pmds: [onHost("a", 0.1), onHost("b", 0.9)], hygiene: { nfs: [] } }],
  } as unknown as Arm;
  const housekeeping = [
    { host: "a", cpu: 1 },
    { host: "b", cpu: 0 },
  ];
  const parts = { title: "CPUs", arms: [arm], housekeeping, kindOf: () => undefined, widthPx: 700, idPrefix: "x" };
  const description = /<desc[^>]*>(.*?)<\/desc>/.exec(coreMap(parts).markup)?.[1];
  expect(description).toBe(
    "CPU 0 of host a: switch, polling, 10.0 % busy; CPU 1 of host a: control threads; CPU 0 of host b: switch, polling, 90.0 % busy, control threads.",
  );
});
