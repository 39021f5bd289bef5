import { expect, test } from "vitest";
import { HostError, type RunResult } from "../../../../src/host/host.ts";
import { stayOff } from "../../../../src/run/exporter/stay-off.ts";

const read = async () => "Name:\tnode\nCpus_allowed_list:\t0-3\n";

test("moves to the CPUs that no lab polls on, only when they change, and back", async () => {
  const lists: string[] = [];
  const run = async (argv: readonly string[]): Promise<RunResult> => {
    expect(argv.at(-1)).toBe(String(process.pid));
    lists.push(argv.at(-2) ?? "");
    return { exitCode: 0, stdout: "", stderr: "" };
  };
  const avoid = stayOff({ read, run });
  await avoid([]);
  expect(lists, "nothing to avoid").toEqual([]);
  await avoid([0, 1]);
  await avoid([1, 0]);
  await avoid([0, 1, 2, 3]);
  await avoid([1, 7]);
  await avoid([]);
  expect(lists).toEqual(["2-3", "0-3", "0,2-3", "0-3"]);
});

test("stays where it is on a machine without taskset", async () => {
  const run = () => Promise.reject(new HostError("local", "run taskset", "no such program"));
  await expect(stayOff({ read, run })([0])).resolves.toBeUndefined();
});
