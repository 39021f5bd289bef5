import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A home directory for clients of sshd, with keys, records and settings of its own: nothing in anybody's home is read or changed. */
export interface SshHome extends AsyncDisposable {
  readonly path: string;
  /** Path of its private key, `.ssh/id_ed25519`. */
  readonly key: string;
  /** For a corebed that lives there, and knows no agent. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a key pair in `.ssh`; gives the private key's path. */
  readonly makeKey: (name: string, passphrase?: string) => Promise<string>;
  /** Writes the records of known hosts: address and key, a line each. */
  readonly know: (hosts: readonly { readonly address: string; readonly hostKey: string }[]) => Promise<void>;
  /** Writes `.ssh/config`. */
  readonly configure: (text: string) => Promise<void>;
}

/** Makes one. */
export async function makeSshHome(): Promise<SshHome> {
  const path = await mkdtemp(join(tmpdir(), "corebed-home-"));
  const at = (name: string): string => join(path, ".ssh", name);
  await mkdir(at(""), { mode: 0o700 });
  const makeKey = async (name: string, passphrase = ""): Promise<string> => {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", at(name)]);
    return at(name);
  };
  return {
    path,
    key: await makeKey("id_ed25519"),
    env: { HOME: path, SSH_AUTH_SOCK: "" },
    makeKey,
    know: (hosts) =>
      writeFile(at("known_hosts"), hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join("")),
    configure: (text) => writeFile(at("config"), text),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** The public part of a key, `ssh-ed25519 AAAA…`, without its comment. */
export async function publicKey(path: string): Promise<string> {
  return (await readFile(`${path}.pub`, "utf8")).trim().split(" ").slice(0, 2).join(" ");
}
