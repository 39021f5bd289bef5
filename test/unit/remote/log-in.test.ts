import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import ssh2, { type Connection } from "ssh2";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { logIn, open } from "../../../src/remote/log-in.ts";
import { PromptAborted, type Prompts } from "../../../src/remote/prompts.ts";
import { targetOf } from "../../../src/remote/ssh-config.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

afterEach(() => void vi.restoreAllMocks());

/** Logs in to an sshd that takes no key, with one that has a passphrase. */
async function logInWith(
  askHidden: (signal: AbortSignal | undefined, host: Connection) => Promise<string | undefined>,
) {
  const home = temporaryDirectory("log-in");
  const path = join(home, "key");
  const options = { passphrase: "open sesame", cipher: "aes256-cbc", rounds: 1 };
  writeFileSync(path, ssh2.utils.generateKeyPairSync("ed25519", options).private);
  const { promise: host, resolve } = Promise.withResolvers<Connection>();
  const server = new ssh2.Server({ hostKeys: [ssh2.utils.generateKeyPairSync("ed25519").private] }, (connection) => {
    connection.on("error", () => {}).on("authentication", (context) => context.reject(["publickey"]));
    resolve(connection);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const config = `IdentityFile ${path}\nStrictHostKeyChecking no\nUserKnownHostsFile none\nGlobalKnownHostsFile none\n`;
  const target = targetOf({ user: "ann", host: "rig", port: undefined }, config, {
    name: "me",
    home,
    agent: undefined,
  });
  const prompts: Prompts = {
    ask: () => Promise.reject(new Error("not asked")),
    askHidden: async (_question, signal) => askHidden(signal, await host),
    tell: () => {},
  };
  return logIn(target, connect((server.address() as AddressInfo).port, "127.0.0.1"), "ssh://ann@rig", prompts);
}

test("a question is taken back where the host hangs up meanwhile, and nothing of it goes on", async () => {
  const taken = Promise.withResolvers<string>();
  const timers = vi.spyOn(globalThis, "setTimeout");
  const login = logInWith((signal, host) => {
    signal?.addEventListener("abort", () => {
      timers.mockClear();
      taken.resolve("open sesame");
    });
    host.end();
    return taken.promise;
  });
  await expect(login).rejects.toMatchObject({ attempted: "log in", reason: "the host closed the connection" });
  await taken.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(
    timers.mock.calls.filter(([, ms]) => ms === 2_000),
    "no time limit runs for what has failed",
  ).toEqual([]);
});

test("Ctrl-C at a question is no answer that a host could refuse", async () => {
  const aborted = new PromptAborted();
  await expect(logInWith(() => Promise.reject(aborted))).rejects.toBe(aborted);
});

test("what fails twice has failed once", async () => {
  const stream = new PassThrough();
  const never = new Promise<never>(() => {});
  const login = open(stream, { username: "ann", verify: () => never, next: () => never });
  stream.emit("error", new Error("reset"));
  stream.emit("error", new Error("reset again"));
  expect(await login).toMatchObject({ error: { message: "reset" } });
});
