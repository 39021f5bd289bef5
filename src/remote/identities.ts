import { readFile } from "node:fs/promises";
import ssh2, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import type { Prompts } from "./prompts.ts";
import type { Target } from "./ssh-config.ts";

/** A wrong passphrase can be given anew this often, as with ssh. */
const PASSPHRASE_TRIES = 3;

/** What can be shown to a host, one after another. Key files are read, and their passphrases asked for, only when their turn comes. */
export interface Identities {
  /** The next way to log in; undefined when there is none left. */
  readonly next: () => Promise<AnyAuthMethod | undefined>;
  /** Why keys could not be used, for the message when none was accepted. */
  readonly trouble: readonly string[];
}

/** The agent's keys and the key files of a target, in ssh's order. */
export function identitiesOf(target: Target, prompts: Prompts): Identities {
  const trouble: string[] = [];
  const methods = methodsOf(target, prompts, trouble);
  return {
    next: async () => {
      const { value, done } = await methods.next();
      return done === true ? undefined : value;
    },
    trouble,
  };
}

async function* methodsOf(target: Target, prompts: Prompts, trouble: string[]): AsyncGenerator<AnyAuthMethod, void> {
  const { agent, user: username } = target;
  if (agent !== undefined) {
    const keys = await agentKeys(agent);
    if (keys === undefined) trouble.push(`the agent at ${agent} does not answer`);
    else if (!target.identitiesOnly) yield { type: "agent", username, agent };
    else {
      const wanted = await publicKeysOf(target);
      // ssh2 asks an agent for all of its keys: this one has only those that the configuration names.
      if (keys.some((key) => wanted.includes(publicPart(key)))) {
        yield { type: "agent", username, agent: new NarrowAgent(agent, wanted) as unknown as string };
      }
    }
  }
  for (const path of target.identityFiles) {
    const key = await readKey(path, target, prompts, trouble);
    if (key !== undefined) yield { type: "publickey", username, key } as AnyAuthMethod;
  }
}

async function readKey(
  path: string,
  target: Target,
  prompts: Prompts,
  trouble: string[],
): Promise<ParsedKey | undefined> {
  const text = await readText(path);
  if (text === undefined) {
    if (target.explicitIdentities) trouble.push(`${path} cannot be read`);
    return undefined;
  }
  let parsed = parse(text);
  for (let tries = 0; parsed instanceof Error && isEncrypted(parsed) && tries < PASSPHRASE_TRIES; tries += 1) {
    const passphrase = await prompts.askHidden(`Enter passphrase for key '${path}': `);
    if (passphrase === undefined) {
      trouble.push(`${path} has a passphrase and there is no terminal to ask on: add it to an agent with ssh-add`);
      return undefined;
    }
    // An empty answer passes the key over, as with ssh.
    if (passphrase === "") return undefined;
    parsed = parse(text, passphrase);
  }
  if (!(parsed instanceof Error)) return parsed;
  trouble.push(isEncrypted(parsed) ? `${path}: wrong passphrase` : `${path} is no private key of a known format`);
  return undefined;
}

function parse(text: string, passphrase?: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(text, passphrase);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error("no key")) : parsed;
}

/** ssh2 has no codes for this: an encrypted key without its passphrase, or with a wrong one. */
function isEncrypted(error: Error): boolean {
  return /passphrase|integrity check failed|decrypt/i.test(error.message);
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

/** Public keys lie beside the private ones, or are in them. */
async function publicKeysOf({ identityFiles }: Target): Promise<readonly string[]> {
  const keys = await Promise.all(
    identityFiles.map(async (path) => {
      const text = (await readText(`${path}.pub`)) ?? (await readText(path));
      const parsed = text === undefined ? undefined : parse(text);
      return parsed === undefined || parsed instanceof Error ? [] : [publicPart(parsed)];
    }),
  );
  return keys.flat();
}

function publicPart(key: ParsedKey | Buffer | string): string {
  if (typeof key === "string") return key;
  return Buffer.isBuffer(key) ? key.toString("base64") : key.getPublicSSH().toString("base64");
}

/** Undefined if the agent does not answer. */
function agentKeys(path: string): Promise<readonly ParsedKey[] | undefined> {
  return new Promise((resolve) => {
    new ssh2.OpenSSHAgent(path).getIdentities((error, keys) => {
      resolve(error || keys === undefined ? undefined : (keys as readonly ParsedKey[]));
    });
  });
}

/** An agent that shows only some of its keys. */
class NarrowAgent extends ssh2.OpenSSHAgent {
  readonly #wanted: readonly string[];

  constructor(path: string, wanted: readonly string[]) {
    super(path);
    this.#wanted = wanted;
  }

  override getIdentities(callback: Parameters<ssh2.OpenSSHAgent["getIdentities"]>[0]): void {
    super.getIdentities((error, keys) => {
      callback(
        error,
        (keys as ParsedKey[] | undefined)?.filter((key) => this.#wanted.includes(publicPart(key))),
      );
    });
  }
}
