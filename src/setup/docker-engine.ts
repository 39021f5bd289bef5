import { attempt, dockerClient } from "../host/docker.ts";
import { DockerError } from "../host/docker-error.ts";
import { isEngineInstalled, readDockerFacts } from "../host/docker-facts.ts";
import { type Host, HostError } from "../host/host.ts";
import { textReader } from "../host/look.ts";
import { type Apt, isInstalled } from "./apt.ts";
import { SetupError, tail } from "./setup-error.ts";
import { until } from "./until.ts";

/** The engine's packages. iptables is only recommended by docker.io, and dockerd does not start without it. */
const PACKAGES = ["docker.io", "iptables"];
/** Log of an engine that corebed started without systemd. */
export const ENGINE_LOG = "/var/log/corebed-dockerd.log";
const ANSWER_TIMEOUT_MS = 60_000;
const PING_TIMEOUT_MS = 3_000;

export interface EngineResult {
  /** `Docker 20.10.24 runs`. */
  readonly detail: string;
  readonly changes: readonly string[];
}

export interface EngineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
  /** How long a started engine may take to answer. */
  readonly answerTimeoutMs?: number;
}

/** Makes a Docker engine answer: installs it if there is none, starts it if it does not run. Leaves one that runs alone. */
export async function ensureDockerEngine(host: Host, apt: Apt, options: EngineOptions = {}): Promise<EngineResult> {
  const before = await readDockerFacts(host);
  if (before.state === "running") {
    if (before.version !== undefined) return { detail: `Docker ${before.version} runs`, changes: [] };
    throw new SetupError("use Docker", "its socket is not open to this user", {
      hint: "run corebed as root or with sudo",
    });
  }
  if (before.state === "silent") {
    throw new SetupError("use Docker", "the engine runs and does not answer", {
      hint: "wait until the machine is less busy, or start the engine again",
    });
  }
  const changes: string[] = [];
  if (before.state === "missing") changes.push(await install(host, apt, options));
  // A fresh package on a machine with systemd is started by its own script: give it the chance to be there.
  if (!(await answers(host))) changes.push(await start(host, options));
  const after = await readDockerFacts(host);
  if (after.version === undefined) {
    throw new SetupError("start Docker", "the engine answered, and then no more", {
      hint: `see ${ENGINE_LOG}, or journalctl -u docker`,
    });
  }
  return { detail: `Docker ${after.version} runs`, changes };
}

async function install(host: Host, apt: Apt, options: EngineOptions): Promise<string> {
  const note = await apt.install(PACKAGES, ["dockerd", "iptables"], options);
  if (!(await isEngineInstalled(host))) {
    throw new SetupError("install Docker", "dockerd is not there after its installation", {
      hint: "install Docker Engine by hand, then run `corebed doctor --fix` again",
    });
  }
  return `installed ${PACKAGES.join(", ")}${note === undefined ? "" : ` (${note})`}`;
}

async function start(host: Host, options: EngineOptions): Promise<string> {
  let systemdTrouble = "";
  if ((await host.list("/run/systemd/system")) !== undefined) {
    const trouble = await startBySystemd(host, options);
    if (trouble === undefined) return "started Docker (systemctl start docker)";
    systemdTrouble = `\nsystemctl start docker: ${trouble}`;
  }
  if (!(await isInstalled(host, "iptables"))) {
    throw new SetupError("start Docker", `dockerd needs iptables, which is not installed${systemdTrouble}`, {
      hint: "apt-get install iptables, then run `corebed doctor --fix` again",
    });
  }
  await startDirectly(host, options, systemdTrouble);
  return `started dockerd (its log is ${ENGINE_LOG}); it runs until the machine stops`;
}

/** Undefined if the engine answers now, else why not. */
async function startBySystemd(host: Host, options: EngineOptions): Promise<string | undefined> {
  try {
    const result = await host.run(["systemctl", "start", "docker"], {
      timeoutMs: ANSWER_TIMEOUT_MS,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.exitCode !== 0) return tail(result.stderr);
  } catch (error) {
    if (!(error instanceof HostError) || options.signal?.aborted) throw error;
    return error.reason;
  }
  return (await waitForAnswer(host, options)) === true ? undefined : "the engine does not answer";
}

/**
 * Without systemd the service script is no help: it raises limits, which a machine may forbid, and a policy may forbid the script itself. The
 * engine gets a session of its own and a clean PATH, so that it outlives corebed and does not look for its helpers among npm's.
 */
async function startDirectly(host: Host, options: EngineOptions, context: string): Promise<void> {
  const script = '"$@" >"$0" 2>&1 </dev/null & echo $!';
  const { stdout } = await host.run(["sh", "-c", script, ENGINE_LOG, "setsid", "dockerd"], {
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const outcome = await waitForAnswer(host, options, Number(stdout.trim()));
  if (outcome === true) return;
  const log = await textReader(host)(ENGINE_LOG);
  const reason = outcome === false ? "dockerd ended by itself" : "dockerd does not answer";
  throw new SetupError("start Docker", `${reason}; the end of ${ENGINE_LOG}:${tail(log)}${context}`, {
    hint: "start Docker by hand, then run `corebed doctor --fix` again",
  });
}

/** True once the engine answers, false if its process is gone, undefined if neither within the time limit. */
function waitForAnswer(host: Host, options: EngineOptions, pid?: number): Promise<boolean | undefined> {
  const look = async () => {
    if (await answers(host)) return true;
    return pid !== undefined && !(await isAlive(host, pid)) ? false : undefined;
  };
  return until(look, { timeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS, signal: options.signal });
}

async function answers(host: Host): Promise<boolean> {
  try {
    const docker = dockerClient(host);
    await attempt("ping", () => docker.ping(), { timeoutMs: PING_TIMEOUT_MS });
    return true;
  } catch (error) {
    if (error instanceof DockerError) return false;
    throw error;
  }
}

async function isAlive(host: Host, pid: number): Promise<boolean> {
  const stat = await textReader(host)(`/proc/${pid}/stat`);
  const state = /\) (\S)/.exec(stat)?.[1];
  return state !== undefined && state !== "Z" && state !== "X";
}
