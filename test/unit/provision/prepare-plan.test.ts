import { expect, test } from "vitest";
import { preparePlan } from "../../../src/provision/converge.ts";
import type { Reader } from "../../../src/provision/driver.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";

const MEMINFO =
  "HugePages_Total:    1024\nHugePages_Free:       40\nHugePages_Rsvd:       10\nHugepagesize:       2048 kB\n";

/** A host with nothing on it, and these huge pages. */
const reader: Reader = {
  host: {
    name: "local",
    read: async (path) => (path === "/proc/meminfo" ? MEMINFO : undefined),
    list: async () => [],
    survey: async () => ({ texts: new Map(), names: new Set(), outputs: [] }),
    connect: async () => Promise.reject(new Error("nobody listens")),
  },
  docker: {
    containers: async () => [],
    inspect: async () => Promise.reject(new Error("no container")),
    networks: async () => [],
    engine: async () => ({ hostname: "rig", managesSwarm: false }),
    swarm: async () => undefined,
  },
  tokenBuckets: async () => [],
};

test("huge pages are counted when the plan is made: another lab may have taken those that were free before", async () => {
  const facts = hostWith(8);
  expect(facts.hugePages.free).toBeGreaterThan(30);
  const { budget } = await preparePlan(labOf(example("pktgen-stats.yaml"), facts), reader, facts);
  expect(budget.hugePages.free).toBe(30);
  expect(budget.obstacles.map(({ code }) => code)).toEqual(["too-few-free-huge-pages"]);
});
