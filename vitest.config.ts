import { defineConfig } from "vitest/config";

/** What is waited for comes when a loaded machine gets to it: the usual second is too short for that. */
const PATIENT = { timeout: 15_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/topologies/**/*.test.ts", "test/fuzz/**/*.test.ts"],
          testTimeout: 20_000,
          expect: { poll: PATIENT },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          // Integration tests share two CPUs, the huge pages and one Docker engine: one file at a time.
          fileParallelism: false,
          // They share those with whatever else the machine does, and a machine that stands still for seconds fails any of them: the report tells which
          // needed a second try, and none gets a third.
          retry: 1,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          expect: { poll: PATIENT },
        },
      },
    ],
  },
});
