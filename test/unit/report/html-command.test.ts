import { describe, expect, test } from "vitest";
import type { Result } from "../../../src/measure/result.ts";
import { reproduceCommand } from "../../../src/report/html/command.ts";
import { example } from "../lab/make-lab.ts";
import { simulated } from "./html-support.ts";
import { twoArms } from "./results.ts";

function compared(parts: Partial<Result> = {}): Result {
  const result = twoArms();
  const arms = result.arms.map((arm) => ({ ...arm, cpus: { ...arm.cpus, folded: false } }));
  return { ...result, arms, topology: { ...result.topology, text: example("pktgen-stats.yaml") }, ...parts };
}

describe("the command to measure it again", () => {
  test("has nothing in it that the file says", () => {
    expect(reproduceCommand(compared())).toBe("corebed compare pktgen-stats.yaml --seed 1");
  });

  test("has what the file does not say", () => {
    const method = { kind: "max-rate", durationMs: 2000, trials: 9 } as const;
    expect(reproduceCommand(compared({ method, orderKind: "random", simulated: true, seed: 7 }))).toBe(
      "corebed compare pktgen-stats.yaml --measure max --repeats 9 --order random --seed 7 --simulate",
    );
  });

  test("folds where it was folded", () => {
    const result = compared();
    const arms = result.arms.map((arm) => ({ ...arm, cpus: { ...arm.cpus, folded: true } }));
    expect(reproduceCommand({ ...result, arms })).toContain(" --fold-cores ");
  });

  test("names the other file and the baseline", () => {
    const result = compared();
    const arms = result.arms.map((arm) => ({ ...arm, settings: [{ parameter: "file", value: arm.name }] }));
    const baseline = { file: "old one.json", startedAt: result.startedAt, differences: [], arms: [] };
    expect(reproduceCommand({ ...result, arms, baseline })).toContain(
      " --against docker-bridge --baseline 'old one.json' ",
    );
  });

  test("gives a file from standard input a name, and never an option for one", () => {
    const named = (file: string) => reproduceCommand(compared({ topology: { ...compared().topology, file } }));
    expect(named("<stdin>")).toMatch(/^corebed compare pktgen-stats\.yaml /);
    expect(named("-v.yaml")).toMatch(/^corebed compare \.\/-v\.yaml /);
  });

  test("a file that this version cannot read gets every option", () => {
    const topology = { ...compared().topology, text: "no topology" };
    expect(reproduceCommand(compared({ topology }))).toBe(
      "corebed compare pktgen-stats.yaml --measure rate --repeats 5 --seed 1",
    );
  });

  test.each([
    ["run", "pktgen-stats", ["--trials", "4"]],
    ["run", "throughput-search", []],
    ["sweep", "chain-length", ["--order", "random"]],
    ["calibrate", "pktgen-stats", ["--comparisons", "2"]],
  ] as const)("measures the same: %s %s %j", async (command, topology, options) => {
    const result = await simulated(command, topology, ...options);
    const words = reproduceCommand(result).split(" ");
    expect(words.slice(0, 2)).toEqual(["corebed", command]);
    const again = await simulated(command, topology, ...words.slice(3).filter((word) => word !== "--simulate"));
    const figures = ({ arms, order }: Result) => [order, arms.map(({ throughputPps }) => throughputPps)];
    expect(figures(again)).toEqual(figures(result));
  });
});
