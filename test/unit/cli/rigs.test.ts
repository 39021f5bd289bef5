import { expect, test } from "vitest";
import { EXIT, Exit } from "../../../src/cli/exit.ts";
import { type Rigs, rigFacts } from "../../../src/cli/rigs.ts";
import { HostError } from "../../../src/host/host.ts";

const REFUSED = new HostError("ssh://rig1", "connect", "connection refused");

/** Hosts a, b, ... of which each fails with one of these. */
function failing(...errors: readonly Error[]): Rigs {
  const all = errors.map((error, index) => ({
    host: { name: "abc"[index] },
    session: { readFacts: () => Promise.reject(error) },
  }));
  return { all } as unknown as Rigs;
}

test("what each host refuses is told with the host", async () => {
  const refused = rigFacts(failing(REFUSED, new HostError("ssh://rig2", "connect", "no route to host")));
  await expect(refused).rejects.toMatchObject({
    code: EXIT.unavailable,
    message:
      "error: host a: ssh://rig1: connect: connection refused\nerror: host b: ssh://rig2: connect: no route to host",
  });
});

test.each([
  ["a bug", new TypeError("x is undefined")],
  ["an interruption", new Exit(EXIT.interrupted)],
])("%s ends the command as that, whichever host it is at", async (_what, error) => {
  await expect(rigFacts(failing(REFUSED, error))).rejects.toBe(error);
});
