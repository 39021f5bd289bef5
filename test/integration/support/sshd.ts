import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { publicKey } from "./ssh-home.ts";

const run = promisify(execFile);

/** A real sshd on loopback with keys, users' files and settings of its own: nothing in /etc/ssh or anybody's home is read or changed. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  /** Holds everything, and a home directory for clients in `home`. */
  readonly directory: string;
  readonly home: string;
  /** Its host key's public part, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Makes a key pair in the home's `.ssh`, which sshd lets in unless told otherwise; gives the private key's path. */
  readonly makeKey: (
    name: string,
    options?: { readonly passphrase?: string; readonly letIn?: boolean },
  ) => Promise<string>;
  /** Writes the home's records of known hosts, for a port. */
  readonly know: (port: number, key?: string) => Promise<void>;
  /** Ends every connection that is there, as a router that forgets them would. */
  readonly cut: () => Promise<void>;
}

/** Starts one; `settings` are lines of sshd_config, which go before its own. */
export async function startSshd(settings: readonly string[] = []): Promise<Sshd> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-sshd-"));
  const home = join(directory, "home");
  const authorized = join(directory, "authorized_keys");
  await mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  await writeFile(authorized, "");
  await generateKey(join(directory, "host_key"), "");
  const hostKey = await publicKey(join(directory, "host_key"));
  // sshd insists on this directory, which its service makes.
  await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  const lines = [
    ...settings,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(directory, "host_key")}`,
    `AuthorizedKeysFile ${authorized}`,
    "PidFile none",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "MaxStartups 100",
    "Subsystem sftp internal-sftp",
  ];
  await writeFile(join(directory, "sshd_config"), `${lines.join("\n")}\n`);
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(directory, "sshd_config")], { stdio: "ignore" });
  await eventually(() => accepts(port), { what: "sshd listens" });
  const cut = async (): Promise<void> => {
    // Its children are the connections.
    await run("pkill", ["-KILL", "-P", String(child.pid)]).catch(() => {});
  };
  return {
    port,
    directory,
    home,
    hostKey,
    makeKey: async (name, { passphrase = "", letIn = true } = {}) => {
      const path = join(home, ".ssh", name);
      await generateKey(path, passphrase);
      if (letIn) await writeFile(authorized, `${await publicKey(path)}\n`, { flag: "a" });
      return path;
    },
    know: (at, key = hostKey) => writeFile(join(home, ".ssh/known_hosts"), `[127.0.0.1]:${at} ${key}\n`),
    cut,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await cut();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function generateKey(path: string, passphrase: string): Promise<void> {
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", path]);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
