import { afterEach, expect, test, vi } from "vitest";
import { Progress } from "../../../src/cli/progress.ts";
import { twoArms } from "../report/results.ts";

afterEach(() => vi.restoreAllMocks());

test("a trial that was disturbed in two ways says so once, on a line that can be read in a log", () => {
  let err = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    err += chunk;
    return true;
  });
  const [trial] = twoArms().arms[0]?.trials ?? [];
  if (trial === undefined) throw new Error("the example has no trial");
  const flags = ["gen", "sink"].map((nf) => ({ code: "disturbed" as const, message: `worker of ${nf} waited` }));
  new Progress({ quiet: false }).run({ type: "trial-done", trial: { ...trial, flags }, number: 3, total: 10 });
  expect(err).toMatch(/^ {2}trial {2}3\/10 {2}docker-bridge .* lost {2}\(disturbed\)\n$/);
});
