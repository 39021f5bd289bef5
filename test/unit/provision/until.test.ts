import { describe, expect, test } from "vitest";
import { TimedOutError, until } from "../../../src/provision/until.ts";

const options = { what: "an answer", timeoutMs: 5_000, intervalMs: 1, signal: new AbortController().signal };

describe("waiting for something", () => {
  test("ends as soon as it is there, with what was found", async () => {
    let looks = 0;
    expect(await until(async () => (++looks === 3 ? "here" : undefined), options)).toBe("here");
    expect(looks).toBe(3);
  });

  test("takes nothing, no and the empty text for an answer", async () => {
    for (const value of [0, false, "", null]) expect(await until(async () => value, options)).toBe(value);
  });

  test("ends in time with what did not happen", async () => {
    const waiting = until(async () => undefined, { ...options, timeoutMs: 20 });
    await expect(waiting).rejects.toThrow(new TimedOutError("an answer", 20));
    await expect(waiting).rejects.toThrow("an answer did not happen within 0.02 s");
  });

  test("looks once even if there is no time", async () => {
    expect(await until(async () => 1, { ...options, timeoutMs: 0 })).toBe(1);
  });

  test("passes an error of the look on at once", async () => {
    await expect(until(() => Promise.reject(new Error("gone")), options)).rejects.toThrow("gone");
  });

  test("ends with the signal, before a look and between two", async () => {
    const reason = new Error("enough");
    let looks = 0;
    const look = async () => {
      looks += 1;
      return undefined;
    };
    await expect(until(look, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(looks).toBe(0);
    const abort = new AbortController();
    const waiting = until(look, { ...options, intervalMs: 60_000, signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(waiting).rejects.toThrow();
    expect(looks).toBe(1);
  });
});
