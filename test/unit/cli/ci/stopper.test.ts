import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { duration, durationText, timeLimitOption } from "../../../../src/cli/ci/duration.ts";
import { Stopper } from "../../../../src/cli/ci/stopper.ts";

const PROCESS = fileURLToPath(new URL("./stopper-process.ts", import.meta.url));

test("the first signal ends the run in order, the second is heard, the third ends it where it stands", async () => {
  const child = spawn(process.execPath, [PROCESS], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect(String((await once(child.stderr, "data"))[0])).toBe("interrupted by SIGINT: stopping what is under way\n");
    child.kill("SIGTERM");
    expect(String((await once(child.stderr, "data"))[0])).toBe(
      "SIGTERM: labs are being removed; once more to end at once and leave them\n",
    );
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(130);
  } finally {
    child.kill("SIGKILL");
  }
});

test("the time limit ends the run with a code of its own; a later signal does not change it", async () => {
  using stopper = new Stopper();
  stopper.limit(20);
  await once(stopper.signal, "abort");
  expect(stopper.cause).toMatchObject({ code: 124, message: "error: the time limit of 0 s has passed" });
  stopper.stop(130, "interrupted by SIGINT");
  expect(stopper.cause?.code).toBe(124);
});

test("a run that is through has no listeners left", () => {
  const before = process.listenerCount("SIGTERM");
  const stopper = new Stopper();
  expect(process.listenerCount("SIGTERM")).toBe(before + 1);
  stopper[Symbol.dispose]();
  expect(process.listenerCount("SIGTERM")).toBe(before);
});

test.each([
  ["0", 0, "0 s"],
  ["90s", 90_000, "90 s"],
  ["30m", 1_800_000, "30 min"],
  ["1.5h", 5_400_000, "90 min"],
  ["24h", 86_400_000, "24 h"],
])("%s is a time", (text, milliseconds, shown) => {
  expect(duration(text)).toBe(milliseconds);
  expect(durationText(milliseconds)).toBe(shown);
});

test.each(["", "5", "-5s", "5 s", "m", "1d", "25h", "1e3s", "NaNs", "0x5s"])("%s is none", (text) => {
  expect(() => duration(text)).toThrow("It takes a time such as 90s");
});

test("a time limit of nothing is a mistake", () => {
  expect(() => timeLimitOption("0")).toThrow("1s at least");
  expect(timeLimitOption("1s")).toBe(1_000);
});
