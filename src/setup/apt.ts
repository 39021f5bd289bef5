import { type Host, HostError } from "../host/host.ts";
import { SetupError, tail } from "./setup-error.ts";

const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive" };
/** Another apt (unattended upgrades after boot, say) may hold the lock for a while. */
const LOCK_OPTIONS = ["-o", "DPkg::Lock::Timeout=120"];
const UPDATE_TIMEOUT_MS = 180_000;
const INSTALL_TIMEOUT_MS = 300_000;

export interface AptOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

/** The distribution's package manager. The package lists are brought up to date once, before the first installation. */
export class Apt {
  readonly #host: Host;
  #updated: Promise<string> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Installs packages without their recommendations. `programs` is what they are wanted for: if apt reports an error and the programs are there all the same
   * (on a machine without systemd, docker.io's script may fail to start the service after installing it), that is a success, and the text returned says so.
   */
  async install(
    packages: readonly string[],
    programs: readonly string[],
    options: AptOptions = {},
  ): Promise<string | undefined> {
    const attempted = `install ${packages.join(" ")}`;
    this.#updated ??= this.#update(options);
    const updateTrouble = await this.#updated;
    const argv = ["apt-get", ...LOCK_OPTIONS, "install", "-y", "--no-install-recommends", ...packages];
    const result = await this.#run(attempted, argv, { ...options, timeoutMs: INSTALL_TIMEOUT_MS });
    if (result.exitCode === 0) return undefined;
    const missing = [];
    for (const program of programs) if (!(await isInstalled(this.#host, program))) missing.push(program);
    if (missing.length === 0) return `apt-get reported an error, but ${programs.join(", ")} is installed`;
    throw new SetupError(
      attempted,
      `apt-get ended with exit code ${result.exitCode}${tail(result.stderr + updateTrouble)}`,
      {
        hint: hintFor(result.stderr + updateTrouble, packages),
      },
    );
  }

  /** A broken third-party source makes `update` fail while the distribution's own lists are fine: what comes of it shows in the installation. */
  async #update(options: AptOptions): Promise<string> {
    const attempted = "bring the package lists up to date";
    const argv = ["apt-get", ...LOCK_OPTIONS, "update"];
    const result = await this.#run(attempted, argv, { ...options, timeoutMs: UPDATE_TIMEOUT_MS });
    return result.exitCode === 0 ? "" : `\napt-get update:\n${result.stderr}`;
  }

  async #run(attempted: string, argv: readonly string[], options: AptOptions & { readonly timeoutMs: number }) {
    const { signal, onLine, timeoutMs } = options;
    try {
      return await this.#host.run(argv, {
        timeoutMs,
        env: ENVIRONMENT,
        ...(signal === undefined ? {} : { signal }),
        ...(onLine === undefined ? {} : { onLine }),
      });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (!error.reason.startsWith("no such program")) throw new SetupError(attempted, error.reason, { cause: error });
      throw new SetupError(attempted, "there is no apt-get on this machine", {
        cause: error,
        hint: "corebed sets up Debian and Ubuntu; elsewhere install Docker Engine yourself, then run `corebed doctor --fix` again",
      });
    }
  }
}

/** Is a program on the host's PATH (or where administrators' programs are)? */
export async function isInstalled(host: Host, program: string): Promise<boolean> {
  for (const folder of ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"]) {
    if ((await host.list(folder))?.includes(program)) return true;
  }
  return false;
}

function hintFor(output: string, packages: readonly string[]): string {
  if (/could not get lock|unable to (acquire|lock)/i.test(output)) {
    return "another package manager is at work; wait for it to end and try again";
  }
  if (/temporary failure resolving|could not resolve|could not connect|network is unreachable/i.test(output)) {
    return "the package mirror cannot be reached: see the network, the proxy settings and /etc/apt/sources.list*";
  }
  if (/unable to locate package|has no installation candidate/i.test(output)) {
    return "the package is not in the configured sources; on Ubuntu enable them with `add-apt-repository universe`";
  }
  if (/permission denied|are you root/i.test(output)) return "run it as root or with sudo";
  return `try it by hand: apt-get update && apt-get install ${packages.join(" ")}`;
}
