import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timeLimit } from "../../../src/host/time-limit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it calls when its time is over, once", () => {
  const onTimeout = vi.fn();
  timeLimit(1000, onTimeout);
  vi.advanceTimersByTime(999);
  expect(onTimeout).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onTimeout).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(5000);
  expect(onTimeout).toHaveBeenCalledOnce();
});

test("it never calls once it was stopped", () => {
  const onTimeout = vi.fn();
  const limit = timeLimit(1000, onTimeout);
  vi.advanceTimersByTime(950);
  limit.stop();
  vi.advanceTimersByTime(5000);
  expect(onTimeout).not.toHaveBeenCalled();
});

test("a machine that stood still has used up one step, not the whole time", () => {
  vi.useRealTimers();
  let called = false;
  const limit = timeLimit(200, () => {
    called = true;
  });
  const until = performance.now() + 400;
  while (performance.now() < until);
  return new Promise<void>((resolve) => {
    // Two turns of the event loop: the answers that came during the standstill are read in the first.
    setImmediate(() =>
      setImmediate(() => {
        limit.stop();
        expect(called).toBe(false);
        resolve();
      }),
    );
  });
});
