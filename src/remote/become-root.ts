import ssh2, { type AnyAuthMethod, type Client, type ClientChannel } from "ssh2";
import { HostError, LOST } from "../host/host.ts";
import { timeLimit } from "../host/time-limit.ts";
import { open } from "./log-in.ts";
import type { Prompts } from "./prompts.ts";
import { shellQuoted } from "./shell-quoted.ts";

const PASSWORD_TRIES = 3;
const ATTEMPTED = "become root with sudo";
/** In the language in which it is understood here; users' shells differ in how they set a variable. */
const SUDO = "env LC_ALL=C sudo";
/** Where name servers do not answer, sudo waits for them, more than once. */
const SUDO_TIMEOUT_MS = 60_000;
const MARK = "corebed: sudo let it pass";

/**
 * Everything that corebed does to a host needs root: sockets and files of labs are root's. A user who is not root gets there through sudo, once: it starts a
 * second sshd on the channel of a command (`sshd -i`, which serves its standard input and listens nowhere), and the connection to that one is root's. So
 * commands, files and sockets go the same way for everybody, and no command is slipped through sudo by itself.
 *
 * The inner sshd lets in one key, made for this connection and known to nobody else. A password goes to sudo's standard input, through the outer connection.
 */
export async function becomeRoot(
  outer: Client,
  user: string,
  host: string,
  prompts: Prompts,
  timeoutMs = SUDO_TIMEOUT_MS,
): Promise<Client> {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
  const server = serverCommand(publicKey);
  const sudo = new Sudo(outer, host, timeoutMs);
  const free = await sudo.capture(`${SUDO} -n true`);
  if (free.code !== 0 && !/password|a terminal/i.test(free.stderr)) {
    const reason = free.code === 127 ? "there is no sudo on it" : lastLine(free.stderr);
    throw new HostError(host, ATTEMPTED, `${user} is not root, and ${reason || "may not use sudo"}`);
  }
  if (free.code === 0) return await innerConnection(await sudo.start(`${SUDO} -n ${server}`), privateKey, host);
  const gone = new AbortController();
  outer.once("close", () => gone.abort());
  for (let tries = 0; tries < PASSWORD_TRIES; tries += 1) {
    const password = await prompts.askHidden(`[sudo] password for ${user} on ${host}: `, gone.signal);
    if (gone.signal.aborted) throw new HostError(host, ATTEMPTED, LOST);
    if (password === undefined) {
      throw new HostError(
        host,
        ATTEMPTED,
        `${user} is not root, sudo wants a password, and there is no terminal to ask on`,
      );
    }
    // -k: what sudo remembers does not count, or the password would go to the server instead. The mark tells when sudo has let it pass.
    const channel = await sudo.start(`${SUDO} -k -S -p '' sh -c ${shellQuoted(`echo "${MARK}" >&2; exec ${server}`)}`);
    channel.write(`${password}\n`);
    const verdict = await sudo.verdict(channel);
    if (verdict === "let in") return await innerConnection(channel, privateKey, host);
    channel.close();
    if (verdict !== "wrong password") throw new HostError(host, ATTEMPTED, `${user} is not root, and ${verdict.words}`);
    prompts.tell("Sorry, try again.");
  }
  throw new HostError(host, ATTEMPTED, `sudo: ${PASSWORD_TRIES} incorrect password attempts`);
}

/** No file of the host is used or made: the key is given by a program that prints it. */
function serverCommand(publicKey: string): string {
  const [type = "", key = ""] = publicKey.split(" ");
  const options = {
    AuthorizedKeysFile: "none",
    AuthorizedKeysCommand: `/bin/echo ${type} ${key}`,
    AuthorizedKeysCommandUser: "root",
    AuthenticationMethods: "publickey",
    // An account whose password is locked may still be root's, where PAM is asked.
    UsePAM: "yes",
    PermitRootLogin: "prohibit-password",
    AllowStreamLocalForwarding: "yes",
    Subsystem: "sftp internal-sftp",
    MaxSessions: "64",
    LogLevel: "QUIET",
  };
  const words = Object.entries(options).map(([name, value]) => `-o ${shellQuoted(`${name}=${value}`)}`);
  // On a channel nobody has an address, and what writes the audit log looks the word that stands for it up in DNS, again and again: on a host whose name servers do not
  // answer each time is ten seconds.
  return `env RES_OPTIONS='timeout:1 attempts:1' /usr/sbin/sshd -i -f /dev/null ${words.join(" ")}`;
}

/** Whose key the server shows is of no matter: the channel leads to what was just started there. */
async function innerConnection(channel: ClientChannel, key: string, host: string): Promise<Client> {
  let stderr = "";
  channel.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const methods: AnyAuthMethod[] = [{ type: "publickey", username: "root", key }];
  const login = await open(channel, {
    username: "root",
    // The outer connection looks for signs of life.
    keepaliveInterval: 0,
    verify: () => Promise.resolve(undefined),
    next: () => Promise.resolve(methods.shift()),
  });
  if ("client" in login) return login.client;
  const words = stderr.trim() || login.error?.message || "sshd ended";
  throw new HostError(host, ATTEMPTED, `the sshd that sudo started does not let corebed in: ${words}`);
}

/** What sudo makes of a password; `words` are its own, where it is not the password that it refuses. */
type Verdict = "let in" | "wrong password" | { readonly words: string };

/** Commands with sudo on a host, which answer in time or not at all. */
class Sudo {
  readonly #client: Client;
  readonly #host: string;
  readonly #timeoutMs: number;

  constructor(client: Client, host: string, timeoutMs: number) {
    this.#client = client;
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  start(command: string): Promise<ClientChannel> {
    return this.#inTime((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error === undefined) resolve(channel);
        else reject(new HostError(this.#host, ATTEMPTED, error.message, { cause: error }));
      });
    });
  }

  /** Runs a command to its end, with nothing on its standard input. */
  async capture(command: string): Promise<{ readonly code: number; readonly stderr: string }> {
    const channel = await this.start(command);
    let stderr = "";
    channel.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    channel.resume();
    channel.end();
    return await this.#inTime((resolve) => {
      channel.on("close", (code?: number | null) => resolve({ code: code ?? 255, stderr }));
    });
  }

  /** That it took the password shows as the mark of what it starts. A wrong one it asks for again; what else it says is its last word. */
  verdict(channel: ClientChannel): Promise<Verdict> {
    return this.#inTime((resolve) => {
      let told = "";
      const onData = (chunk: Buffer): void => {
        told += chunk.toString("utf8");
        if (told.includes(MARK)) end("let in");
        else if (/try again|incorrect password/i.test(told)) end("wrong password");
      };
      const onEnd = (): void => end({ words: lastLine(told) || "sudo ended without a word" });
      const end = (verdict: Verdict): void => {
        channel.stderr.off("data", onData).off("end", onEnd);
        resolve(verdict);
      };
      // Standard output is the server's: nobody reads it yet, so the channel does not tell that it was closed.
      channel.stderr.on("data", onData).once("end", onEnd);
    });
  }

  async #inTime<T>(ask: (resolve: (answer: T) => void, reject: (error: HostError) => void) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (reason: string): void => reject(new HostError(this.#host, ATTEMPTED, reason));
    const limit = timeLimit(this.#timeoutMs, () => fail(`no answer within ${this.#timeoutMs / 1000} s`));
    const onClose = (): void => fail(LOST);
    this.#client.once("close", onClose);
    try {
      ask(resolve, reject);
      return await promise;
    } catch (error) {
      // ssh2 throws at once where its stream has ended and its close event is still to come.
      if (error instanceof HostError) throw error;
      throw new HostError(this.#host, ATTEMPTED, LOST, { cause: error });
    } finally {
      limit.stop();
      this.#client.off("close", onClose);
    }
  }
}

/** Before it there may be what an administrator has every user told. */
function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}
