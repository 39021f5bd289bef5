import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { temporaryDirectory } from "../../temporary-directory.ts";

const PROCESS = fileURLToPath(new URL("./start-again-process.ts", import.meta.url));
const directory = temporaryDirectory("start-again");
/** Stays between the two, and hears of nothing, as sudo does for a user who may not send it a signal. */
const sudo = join(directory, "sudo");
writeFileSync(sudo, '#!/bin/sh\n"$@" &\nwait $!\n', { mode: 0o755 });

/** Starts a process that starts itself again; gives what the second one says, line by line. */
function started(): { readonly child: ChildProcess; readonly next: () => Promise<string> } {
  const child = spawn(process.execPath, [PROCESS, "starter", sudo], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, next: async () => String((await lines.next()).value) };
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s reaches what sudo has started, whose exit code is the command's",
  async (signal) => {
    const { child, next } = started();
    try {
      expect(await next()).toMatch(/^up /);
      const ended = once(child, "exit");
      child.kill(signal);
      expect(await next()).toBe(`told of ${signal}`);
      expect(await ended).toEqual([7, null]);
    } finally {
      child.kill("SIGKILL");
    }
  },
);

test("what was started comes to its end when who started it was killed", async () => {
  const { child, next } = started();
  const pid = /^up (\d+)$/.exec(await next())?.[1];
  child.kill("SIGKILL");
  expect(await next()).toBe("told of SIGTERM");
  await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 15_000 });
});
