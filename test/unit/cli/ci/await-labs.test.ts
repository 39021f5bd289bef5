import { describe, expect, test, vi } from "vitest";
import { awaitLabs } from "../../../../src/cli/ci/await-cpus.ts";
import { simulatedSite } from "../../../../src/cli/simulated-site.ts";
import type { Site } from "../../../../src/cli/site.ts";
import { LockHeldError } from "../../../../src/host/lock.ts";

/** A host on which somebody else is at work on the lab for the first looks at it. */
function siteHeldFor(looks: number): Site & { readonly released: () => number } {
  const site = simulatedSite(0, new AbortController().signal);
  let [asked, released] = [0, 0];
  return {
    ...site,
    lock: async ([name = ""]) => {
      asked += 1;
      if (asked <= looks) throw new LockHeldError(`lab ${name}`, "corebed run (process 17)");
      return {
        [Symbol.asyncDispose]: async () => {
          released += 1;
        },
      };
    },
    released: () => released,
  };
}

async function told(action: () => Promise<void>): Promise<string> {
  const spy = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    await action();
    return spy.mock.calls.map(([chunk]) => chunk).join("");
  } finally {
    spy.mockRestore();
  }
}

describe("somebody who measures the same file by hand", () => {
  test("is waited for, and what was asked to find out is given back", async () => {
    const site = siteHeldFor(1);
    expect(await told(() => awaitLabs(site, ["gate"], 20))).toBe(
      "Waiting for 0 s at most: lab gate is being changed by corebed run (process 17)\n",
    );
    expect(site.released()).toBe(1);
  });

  test("is named when it takes too long, with the exit code of a machine that is not free", async () => {
    const failed = told(() => awaitLabs(siteHeldFor(100), ["gate"], 0));
    await expect(failed).rejects.toMatchObject({
      code: 75,
      message: expect.stringContaining("corebed run (process 17)"),
    });
  });
});
