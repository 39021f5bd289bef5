import { expect, test } from "vitest";
import { type Rigs, rigFacts } from "../../../src/cli/rigs.ts";
import { HostError } from "../../../src/host/host.ts";

function rigsThatFail(reasons: Readonly<Record<string, string>>): Rigs {
  const all = Object.entries(reasons).map(([name, reason]) => ({
    host: { name },
    session: { readFacts: () => Promise.reject(new HostError(`ssh://${name}`, "log in", reason)) },
  }));
  return { all } as unknown as Rigs;
}

test("what fails on several hosts is told of each", async () => {
  await expect(rigFacts(rigsThatFail({ a: "timed out", b: "no route" }))).rejects.toThrow(
    "error: host a: ssh://a: log in: timed out\nerror: host b: ssh://b: log in: no route",
  );
});

test("an interruption is one, whatever else has failed before it", async () => {
  await expect(rigFacts(rigsThatFail({ a: "timed out", b: "aborted" }))).rejects.toMatchObject({ reason: "aborted" });
});
