import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import { HostError } from "../host/host.ts";
import { toHostError } from "../host/system-error.ts";
import { timeLimit } from "../host/time-limit.ts";
import { formatAddress } from "../topology/host-address.ts";
import { type HostKeyCheck, hostKeyCheck } from "./host-key.ts";
import { identitiesOf } from "./identities.ts";
import { PromptAborted, type Prompts, promptsUntil } from "./prompts.ts";
import type { Target } from "./ssh-config.ts";

/** How long a host may take for each step of a connection; the time in which a person is asked does not count. */
const STEP_TIMEOUT_MS = 20_000;
/** Signs of life that may stay without an answer before the connection counts as lost. */
const ALIVE_COUNT = 3;

/** What ssh2 offers, ordered as it has them. */
const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** A TCP connection to a target, directly. Small messages are not held back: each would wait for the answer to the one before it. */
export async function dial(target: Target, host: string): Promise<Socket> {
  const { hostName, port } = target;
  const attempted = `connect to ${hostName} port ${port}`;
  const socket = createConnection({ host: hostName, port, noDelay: true });
  const failure = new AbortController();
  const limit = timeLimit(STEP_TIMEOUT_MS, () => failure.abort());
  try {
    await once(socket, "connect", { signal: failure.signal });
    return socket;
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    if (failure.signal.aborted) throw new HostError(host, attempted, `timed out after ${STEP_TIMEOUT_MS / 1000} s`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
      throw new HostError(host, attempted, "could not resolve the host's name", { cause: error });
    }
    if (code === "ECONNREFUSED") throw new HostError(host, attempted, "connection refused", { cause: error });
    throw toHostError(host, attempted, error);
  } finally {
    limit.stop();
  }
}

/**
 * Logs in over a stream that leads to the target's sshd. Who the host is is found out before anything is shown to it.
 *
 * @throws {HostError} with ssh's words
 */
export async function logIn(target: Target, stream: Duplex, host: string, prompts: Prompts): Promise<Client> {
  const ip = (stream as Socket).remoteAddress ?? "";
  const over = new AbortController();
  const asked = promptsUntil(over.signal, prompts);
  const check = await hostKeyCheck(target, ip, asked);
  const identities = identitiesOf(target, asked);
  const who = formatAddress({ user: target.user, host: target.hostName, port: target.port }).slice("ssh://".length);
  const login = await open(stream, {
    username: target.user,
    keepaliveInterval: target.aliveIntervalS * 1000,
    keepaliveCountMax: ALIVE_COUNT,
    algorithms: { serverHostKey: hostKeyAlgorithms(check) },
    verify: check.verify,
    next: identities.next,
  });
  // A host that has hung up waits for no answer.
  over.abort();
  if ("client" in login) return login.client;
  const { refused, error } = login;
  if (error instanceof PromptAborted) throw error;
  if (refused !== undefined) throw new HostError(host, "check the host's key", `it is not trusted\n${refused}`);
  if (/All configured authentication methods failed/.test(error?.message ?? "")) {
    const methods = login.offered.length === 0 ? "publickey" : login.offered.join(",");
    const why = identities.trouble.map((line) => `\n  = note: ${line}`).join("");
    throw new HostError(host, "log in", `${who}: Permission denied (${methods}).${why}`, { cause: error });
  }
  throw new HostError(host, "log in", error?.message ?? "the host closed the connection", { cause: error });
}

interface Opening extends Pick<ConnectConfig, "username" | "keepaliveInterval" | "keepaliveCountMax" | "algorithms"> {
  readonly verify: HostKeyCheck["verify"];
  readonly next: ReturnType<typeof identitiesOf>["next"];
}

type Login =
  | { readonly client: Client }
  | { readonly refused: string | undefined; readonly error: Error | undefined; readonly offered: readonly string[] };

/** Runs ssh2's side of it. The time limit starts anew with each step, and stands still while `verify` or `next` ask somebody. */
export function open(stream: Duplex, { verify, next, ...config }: Opening): Promise<Login> {
  return new Promise<Login>((resolve) => {
    const client = new ssh2.Client();
    let refused: string | undefined;
    let offered: readonly string[] = [];
    let isOver = false;
    let limit = startLimit();
    function startLimit() {
      return timeLimit(STEP_TIMEOUT_MS, () => fail(new Error(`no answer within ${STEP_TIMEOUT_MS / 1000} s`)));
    }
    async function asking<T>(answer: Promise<T>): Promise<T> {
      limit.stop();
      try {
        return await answer;
      } finally {
        if (!isOver) limit = startLimit();
      }
    }
    function fail(error: Error | undefined): void {
      if (isOver) return;
      isOver = true;
      limit.stop();
      client.end();
      stream.destroy();
      resolve({ refused, error, offered });
    }
    client.once("ready", () => {
      isOver = true;
      limit.stop();
      client.off("error", fail).off("close", onClose);
      client.on("error", () => {}); // what goes wrong later shows as the connection's end
      resolve({ client });
    });
    const onClose = () => fail(undefined);
    // What fails may say so more than once.
    client.on("error", fail).once("close", onClose);
    client.connect({
      ...config,
      sock: stream as Socket,
      readyTimeout: 0,
      hostVerifier: (key: Buffer, done: (valid: boolean) => void) => {
        asking(verify(key)).then(
          (reason) => {
            if (isOver) return;
            refused = reason;
            done(reason === undefined);
          },
          (error: Error) => fail(error),
        );
      },
      authHandler: (left, _partial, done) => {
        if (left !== null) offered = left;
        // The end of the list is said with false, which ssh2's types do not have.
        asking(next()).then(
          (method) => {
            if (!isOver) done(method ?? (false as never));
          },
          (error: Error) => fail(error),
        );
      },
    });
  });
}

function hostKeyAlgorithms({ recordedTypes }: HostKeyCheck): ServerHostKeyAlgorithm[] {
  const isRecorded = (algorithm: string): boolean =>
    recordedTypes.includes(algorithm.replace(/^rsa-sha2-\d+$/, "ssh-rsa"));
  return [...HOST_KEY_ALGORITHMS].sort((a, b) => Number(isRecorded(b)) - Number(isRecorded(a)));
}
