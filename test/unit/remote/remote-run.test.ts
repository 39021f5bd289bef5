import { expect, onTestFinished, test } from "vitest";
import { Attendant } from "../../../src/remote/attendant.ts";
import { Connection } from "../../../src/remote/connection.ts";
import { runRemote } from "../../../src/remote/remote-run.ts";
import { connectRemote } from "../../../src/remote/remote-socket.ts";
import { LocalClient } from "./local-client.ts";

/** A host to which the connection takes as long as the test likes. */
function slowHost() {
  const client = new LocalClient();
  onTestFinished(() => client[Symbol.dispose]());
  const opened = Promise.withResolvers<void>();
  const connection = new Connection("rig", async () => {
    await opened.promise;
    return { client: client.asClient, close: () => client.end() };
  });
  return { client, connection, attendant: new Attendant(connection), open: opened.resolve };
}

const isThere = (group: number): boolean => {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
};

test("what is aborted while the connection is opened does not run on", async () => {
  const { client, connection, attendant, open } = slowHost();
  const abort = new AbortController();
  const { signal } = abort;
  const ends = Promise.allSettled([
    runRemote(connection, attendant, ["sleep", "600"], { signal }),
    attendant.appears("/never/there", { timeoutMs: 600_000, signal }),
    connectRemote(connection, attendant, "/never/there", { signal }),
  ]);
  abort.abort();
  open();
  expect(await ends).toMatchObject([
    { reason: { attempted: "run sleep 600", reason: "aborted" } },
    { reason: signal.reason },
    { reason: { attempted: "connect to /never/there", reason: "aborted" } },
  ]);
  const group = client.groups[client.commands.findIndex((command) => command.includes("sleep"))] ?? 0;
  await expect.poll(() => isThere(group)).toBe(false);
});

test("programs are ended without a session of their own for it, of which sshd may have none left", async () => {
  const { client, connection, attendant, open } = slowHost();
  open();
  await attendant.script("true", "look");
  const abort = new AbortController();
  const started = Promise.withResolvers<void>();
  const options = { signal: abort.signal, onLine: (line: string) => void (line === "started" && started.resolve()) };
  const running = runRemote(connection, attendant, ["sh", "-c", "echo started; sleep 600"], options);
  await started.promise;
  client.refusal = new Error("(SSH) Channel open failure: open failed");
  abort.abort();
  await expect(running).rejects.toMatchObject({ reason: "aborted" });
  const group = client.groups.at(-1) ?? 0;
  await expect.poll(() => isThere(group)).toBe(false);
});
