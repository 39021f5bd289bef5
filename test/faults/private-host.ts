import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { imageReferences } from "../../src/setup/image-sources.ts";
import { command } from "../integration/support/command.ts";
import { eventually } from "../integration/support/eventually.ts";

/** Tells a process of the suite that it is inside, and where the outside keeps the private host's files. */
const INSIDE = "COREBED_FAULTS_HOST";

/**
 * Runs this program again as if it had a host of its own (unshare(1)): namespaces for mounts, processes and the network, an empty /run, and a Docker engine that
 * nobody else uses. So the engine may be killed, what is left behind is told from what other people make meanwhile, and everything ends with this process however it
 * ends. What stays shared: CPUs, memory, huge pages. Gives the exit code.
 */
export async function runInPrivateHost(argv: readonly string[]): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-fault-host-"));
  try {
    const images = (await imageReferences()).map(({ reference }) => reference);
    await promisify(execFile)("docker", ["save", "--output", join(directory, "images.tar"), ...images]);
    const namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
    // A shell is the first process: it takes leave of processes whose parents are gone, which Node does not.
    const program = ["bash", "-c", '"$@"; exit $?', "bash", process.execPath, ...argv];
    const child = spawn("unshare", [...namespaces, "--propagation", "private", ...program], {
      stdio: "inherit",
      env: { ...process.env, [INSIDE]: directory },
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill("SIGKILL"));
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 130;
  } finally {
    // The kernel keeps control groups of containers that ended with their engine.
    const groups = (await readdir("/sys/fs/cgroup")).map((name) => `/sys/fs/cgroup/${name}/${basename(directory)}`);
    for (const group of groups) await command("find", group, "-depth", "-type", "d", "-delete").catch(() => {});
    await rm(directory, { recursive: true, force: true });
  }
}

/** The directory of the private host, in a process that is inside one. */
export function privateHost(): string | undefined {
  return process.env[INSIDE];
}

/** Makes the namespaces that this process was started in a host that is ready for labs. */
export async function setUpPrivateHost(directory: string): Promise<void> {
  await command("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", "/run");
  for (const path of ["/var/lib/docker", "/var/lib/corebed"]) {
    const own = join(directory, path.replaceAll("/", "-"));
    await mkdir(own);
    await mkdir(path, { recursive: true });
    await command("mount", "--bind", own, path);
  }
  // /sys shows the network of the namespace in which it was mounted; control groups stay the machine's.
  const groups = join(directory, "cgroup");
  await mkdir(groups);
  await command("mount", "--rbind", "/sys/fs/cgroup", groups);
  await command("mount", "-t", "sysfs", "sysfs", "/sys");
  await command("mount", "--rbind", groups, "/sys/fs/cgroup");
  await command("ip", "link", "set", "lo", "up");
  await startEngine(directory);
  await command("docker", "load", "--input", join(directory, "images.tar"));
  await rm(join(directory, "images.tar"));
}

/** Starts the private host's Docker engine and waits until it answers. */
export async function startEngine(directory: string): Promise<void> {
  const log = createWriteStream(join(directory, "dockerd.log"), { flags: "a" });
  await once(log, "open");
  await rm("/run/docker.pid", { force: true });
  spawn("dockerd", ["--cgroup-parent", `/${basename(directory)}`], {
    stdio: ["ignore", log, log],
    detached: true,
  }).unref();
  await eventually(
    () =>
      command("docker", "version").then(
        () => true,
        () => false,
      ),
    {
      what: "the Docker engine of the private host answers",
      timeoutMs: 120_000,
      intervalMs: 200,
    },
  );
}

/** Ends the private host's Docker engine, by a signal, and waits until it is gone. */
export async function endEngine(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (privateHost() === undefined) throw new Error("only the engine of a private host may be ended");
  const pid = await enginePid();
  process.kill(pid, signal);
  await eventually(
    () =>
      readFile(`/proc/${pid}/stat`, "utf8").then(
        (stat) => / Z /.test(stat),
        () => true,
      ),
    {
      what: "the Docker engine has ended",
      timeoutMs: 60_000,
    },
  );
}

/** Process id of the private host's Docker engine. */
export async function enginePid(): Promise<number> {
  return Number(await readFile("/run/docker.pid", "utf8"));
}
