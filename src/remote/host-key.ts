import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  changedKeyText,
  refusedUnknownKeyText,
  revokedKeyText,
  shownKeyType,
  UNKNOWN_KEY_QUESTION,
  unknownKeyText,
} from "./host-key-words.ts";
import {
  checkHostKey,
  fingerprint,
  type KnownHostsFile,
  keyTypeOf,
  knownHostsLine,
  recordedKeyTypes,
  recordedName,
} from "./known-hosts.ts";
import type { Prompts } from "./prompts.ts";
import type { Target } from "./ssh-config.ts";

/** Decides whether a host is the one that it says it is. */
export interface HostKeyCheck {
  /** Types of keys on record, which are asked for first; with one of these no question arises. */
  readonly recordedTypes: readonly string[];
  /** Undefined if the key is to be trusted; else why not, in ssh's words. */
  readonly verify: (key: Uint8Array) => Promise<string | undefined>;
}

/** The check for a target, with the records as they are now. `address` is the IP address that was connected to, if it is known. */
export async function hostKeyCheck(target: Target, address: string, prompts: Prompts): Promise<HostKeyCheck> {
  const name = target.hostKeyAlias ?? recordedName(target.hostName, target.port);
  const files = await Promise.all(target.knownHostsFiles.map(readKnownHosts));
  const add = async (key: Uint8Array): Promise<void> => {
    const [path] = target.knownHostsFiles;
    if (path === undefined || path === "/dev/null") return;
    await addLine(path, files[0]?.text ?? "", knownHostsLine(name, key), prompts);
    prompts.tell(`Warning: Permanently added '${name}' (${shownKeyType(keyTypeOf(key))}) to the list of known hosts.`);
  };
  return {
    recordedTypes: recordedKeyTypes(files, name),
    async verify(key) {
      const verdict = checkHostKey(files, name, key);
      if (verdict.kind === "known") return undefined;
      if (verdict.kind === "revoked") return revokedKeyText(name, key);
      if (verdict.kind === "changed") return changedKeyText(name, key, verdict.offending);
      if (target.strictHostKeyChecking === "yes") return refusedUnknownKeyText(name, key);
      if (target.strictHostKeyChecking === "ask") {
        const question = unknownKeyText(name, address, key, verdict.otherNames);
        const answer = await isTrusted(question, name, key, prompts);
        if (answer === undefined) return `${question}\nHost key verification failed.`;
        if (!answer) return "Host key verification failed.";
      }
      await add(key);
      return undefined;
    },
  };
}

/** Undefined: there is nobody to ask. */
async function isTrusted(text: string, name: string, key: Uint8Array, prompts: Prompts): Promise<boolean | undefined> {
  let question = `${text}\n${UNKNOWN_KEY_QUESTION}`;
  for (;;) {
    const answer = (await prompts.ask(question))?.trim();
    if (answer === undefined) return undefined;
    if (answer.toLowerCase() === "yes" || answer === fingerprint(key)) return true;
    if (answer.toLowerCase() === "no") return false;
    // Meanwhile another host may have asked.
    question = `Please type 'yes', 'no' or the fingerprint of ${name}: `;
  }
}

async function readKnownHosts(path: string): Promise<KnownHostsFile> {
  try {
    return { path, text: await readFile(path, "utf8") };
  } catch {
    // One that is not there or cannot be read knows nobody, and nobody is trusted for that.
    return { path, text: "" };
  }
}

async function addLine(path: string, before: string, line: string, prompts: Prompts): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const separator = before === "" || before.endsWith("\n") ? "" : "\n";
    await appendFile(path, `${separator}${line}\n`, { mode: 0o600 });
  } catch (error) {
    prompts.tell(`Failed to add the host to the list of known hosts (${path}): ${(error as Error).message}`);
  }
}
