import ssh2, { type AnyAuthMethod, type Client, type ClientChannel } from "ssh2";
import { HostError } from "../host/host.ts";
import { open } from "./log-in.ts";
import type { Prompts } from "./prompts.ts";
import { shellQuoted } from "./shell-quoted.ts";

const PASSWORD_TRIES = 3;
const ATTEMPTED = "become root with sudo";
const MARK = "corebed: sudo let it pass";

/**
 * Everything that corebed does to a host needs root: sockets and files of labs are root's. A user who is not root gets there through sudo, once: it starts a
 * second sshd on the channel of a command (`sshd -i`, which serves its standard input and listens nowhere), and the connection to that one is root's. So
 * commands, files and sockets go the same way for everybody, and no command is slipped through sudo by itself.
 *
 * The inner sshd lets in one key, made for this connection and known to nobody else. A password goes to sudo's standard input, through the outer connection.
 */
export async function becomeRoot(outer: Client, user: string, host: string, prompts: Prompts): Promise<Client> {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
  const server = serverCommand(publicKey);
  const free = await capture(outer, "sudo -n true");
  if (free.code !== 0 && !/password|a terminal/i.test(free.stderr)) {
    const reason = /not found/.test(free.stderr) ? "there is no sudo on it" : free.stderr.trim();
    throw new HostError(host, ATTEMPTED, `${user} is not root, and ${reason || "may not use sudo"}`);
  }
  if (free.code === 0) return await innerConnection(await start(outer, `sudo -n ${server}`), privateKey, host);
  for (let tries = 0; tries < PASSWORD_TRIES; tries += 1) {
    const password = await prompts.askHidden(`[sudo] password for ${user} on ${host}: `);
    if (password === undefined) {
      throw new HostError(
        host,
        ATTEMPTED,
        `${user} is not root, sudo wants a password, and there is no terminal to ask on`,
      );
    }
    // -k: what sudo remembers does not count, or the password would go to the server instead. The mark tells when sudo has let it pass.
    const channel = await start(outer, `sudo -k -S -p '' sh -c ${shellQuoted(`echo "${MARK}" >&2; exec ${server}`)}`);
    channel.write(`${password}\n`);
    if (await isLetIn(channel)) return await innerConnection(channel, privateKey, host);
    channel.close();
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

function start(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

/** Runs a command to its end, with nothing on its standard input. */
async function capture(client: Client, command: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const channel = await start(client, command);
  let stderr = "";
  channel.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  channel.resume();
  channel.end();
  return await new Promise((resolve) => {
    channel.on("close", (code?: number | null) => resolve({ code: code ?? 255, stderr }));
  });
}

/** Whether sudo took the password, which shows as the mark of what it starts. */
function isLetIn(channel: ClientChannel): Promise<boolean> {
  return new Promise((resolve) => {
    let told = "";
    const onData = (chunk: Buffer): void => {
      told += chunk.toString("utf8");
      if (!told.includes(MARK) && !/sorry|incorrect|try again/i.test(told)) return;
      channel.stderr.off("data", onData);
      resolve(told.includes(MARK));
    };
    channel.stderr.on("data", onData);
    channel.once("close", () => resolve(false));
  });
}
