import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { becomeRoot } from "../../../src/remote/become-root.ts";
import type { Prompts } from "../../../src/remote/prompts.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";
import { LocalClient } from "./local-client.ts";

interface Circumstances {
  readonly timeoutMs?: number;
  readonly refusal?: Error;
  /** The host hangs up while the password is asked for. */
  readonly hangsUp?: boolean;
}

/** Tries to become root where sudo does this, with a password that is asked for. */
async function refusalBy(sudo: string, { timeoutMs = 20_000, refusal, hangsUp = false }: Circumstances = {}) {
  const folder = temporaryDirectory("sudo");
  writeFileSync(join(folder, "sudo"), `#!/bin/sh\n${sudo}\n`, { mode: 0o755 });
  const client = new LocalClient(folder);
  onTestFinished(() => client[Symbol.dispose]());
  client.refusal = refusal;
  const seen: string[] = [];
  const hangUp = (signal?: AbortSignal): Promise<undefined> => {
    client.end();
    return new Promise((resolve) => signal?.aborted && resolve(undefined));
  };
  const prompts: Prompts = {
    ask: () => Promise.reject(new Error("nothing is shown")),
    askHidden: async (question, signal) => {
      seen.push(question);
      return hangsUp ? await hangUp(signal) : "open sesame";
    },
    tell: (text) => void seen.push(text),
  };
  const error = await becomeRoot(client.asClient, "ann", "ssh://ann@rig", prompts, timeoutMs).catch((caught) => caught);
  expect(error).toBeInstanceOf(HostError);
  return { reason: (error as HostError).reason, seen };
}

const WANTS_PASSWORD = '[ "$1" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }; read -r password';
const QUESTION = "[sudo] password for ann on ssh://ann@rig: ";

test.each([
  "ann is not in the sudoers file.",
  "Sorry, user ann is not allowed to execute '/usr/bin/sh' as root on rig.",
])("what sudo refuses for another reason than the password is told in its words, at once: %s", async (words) => {
  const { reason, seen } = await refusalBy(
    `${WANTS_PASSWORD}; echo "Think before you type." >&2; echo "${words}" >&2; exit 1`,
  );
  expect(reason).toBe(`ann is not root, and ${words}`);
  expect(seen).toEqual([QUESTION]);
});

test("a wrong password may be given three times", async () => {
  const { reason, seen } = await refusalBy(`${WANTS_PASSWORD}; echo "Sorry, try again." >&2; read -r password`);
  expect(reason).toBe("sudo: 3 incorrect password attempts");
  expect(seen.filter((text) => text === QUESTION)).toHaveLength(3);
});

test("a sudo that says nothing is not waited for without end, with a password or without", async () => {
  expect(await refusalBy("sleep 600", { timeoutMs: 500 })).toMatchObject({ reason: "no answer within 0.5 s" });
  expect(await refusalBy(`${WANTS_PASSWORD}; sleep 600`, { timeoutMs: 2_000 })).toMatchObject({
    reason: "no answer within 2 s",
    seen: [QUESTION],
  });
});

test("a question is taken back where the host has hung up meanwhile", async () => {
  expect(await refusalBy(WANTS_PASSWORD, { hangsUp: true })).toMatchObject({ reason: "the connection was lost" });
});

test("a host that starts no program, or has no sudo, says so", async () => {
  const refusal = new Error("Unable to exec");
  expect(await refusalBy("", { refusal })).toMatchObject({ reason: "Unable to exec" });
  expect((await refusalBy("exit 127")).reason).toContain("there is no sudo on it");
});
