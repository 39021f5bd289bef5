import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { imageReferences } from "../../src/setup/image-sources.ts";
import { command } from "../integration/support/command.ts";
import { eventually } from "../integration/support/eventually.ts";

/** Tells a process of the suite that it is inside, and where the outside keeps the private host's files. */
const INSIDE = "COREBED_FAULTS_HOST";

const GROUPS = "/sys/fs/cgroup";
/** Shell: joins the groups of the first argument, then goes on as what follows. */
const JOIN_GROUPS =
  'IFS=:; for group in $1; do echo $$ >"$group/cgroup.procs" || exit; done; unset IFS; shift; exec "$@"';

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
    const joined = await makeGroups(basename(directory));
    const namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--cgroup"];
    // A shell is the first process: it takes leave of processes whose parents are gone, which Node does not.
    const program = ["bash", "-c", '"$@"; exit $?', "bash", process.execPath, ...argv];
    const unshare = ["unshare", ...namespaces, "--propagation", "private", ...program];
    const child = spawn("bash", ["-c", JOIN_GROUPS, "bash", joined.join(":"), ...unshare], {
      stdio: "inherit",
      env: { ...process.env, [INSIDE]: directory },
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill("SIGKILL"));
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 130;
  } finally {
    // The kernel keeps control groups of containers that ended with their engine.
    for (const { own } of await groupsOf(basename(directory)))
      await command("find", own, "-depth", "-type", "d", "-delete").catch(() => {});
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
  // /sys shows the network of the namespace in which it was mounted; control groups stay the machine's, of which one is the root of this host's.
  const groups = machineGroups(directory);
  await mkdir(groups);
  await command("mount", "--rbind", "/sys/fs/cgroup", groups);
  await command("mount", "-t", "sysfs", "sysfs", "/sys");
  await mountGroups(basename(directory), groups);
  await command("ip", "link", "set", "lo", "up");
  await startEngine(directory);
  await command("docker", "load", "--input", join(directory, "images.tar"));
  await rm(join(directory, "images.tar"));
}

/** Where a private host sees the control groups of the whole machine. */
export function machineGroups(directory: string): string {
  return join(directory, "cgroup");
}

/** A group in each tree of control groups: there is one of version 2, or several of version 1, of which `tree` is the name. */
async function groupsOf(
  name: string,
  machine = GROUPS,
): Promise<readonly { readonly tree: string; readonly own: string }[]> {
  const trees = existsSync(join(machine, "cgroup.controllers")) ? [""] : await readdir(machine);
  return trees.map((tree) => ({ tree, own: join(machine, tree, name) }));
}

/** Makes the groups of a private host, and gives those that its processes must join to see them as the roots: of version 1, where groups have processes and groups. */
async function makeGroups(name: string): Promise<readonly string[]> {
  const groups = await groupsOf(name);
  for (const { tree, own } of groups) {
    await mkdir(own);
    // A group of version 1 has no CPUs and no memory until it is given some.
    for (const file of tree === "cpuset" ? ["cpuset.cpus", "cpuset.mems"] : []) {
      await writeFile(join(own, file), await readFile(join(GROUPS, tree, file)));
    }
  }
  return groups.flatMap(({ tree, own }) => (tree === "" ? [] : [own]));
}

/** Puts the groups of a private host where the trees were. */
async function mountGroups(name: string, machine: string): Promise<void> {
  const groups = await groupsOf(name, machine);
  if (groups.some(({ tree }) => tree !== "")) await command("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", GROUPS);
  for (const { tree, own } of groups) {
    await mkdir(join(GROUPS, tree), { recursive: true });
    await command("mount", "--bind", own, join(GROUPS, tree));
  }
}

/** Starts the private host's Docker engine and waits until it answers. */
export async function startEngine(directory: string): Promise<void> {
  const log = createWriteStream(join(directory, "dockerd.log"), { flags: "a" });
  await once(log, "open");
  await rm("/run/docker.pid", { force: true });
  spawn("dockerd", [], { stdio: ["ignore", log, log], detached: true }).unref();
  await eventually(engineAnswers, {
    what: "the Docker engine of the private host answers",
    timeoutMs: 120_000,
    intervalMs: 200,
  });
}

function engineAnswers(): Promise<boolean> {
  return command("docker", "version").then(
    () => true,
    () => false,
  );
}

/** Starts the private host's Docker engine again where a case has left it ended or stuck. */
export async function reviveEngine(): Promise<void> {
  const directory = privateHost();
  if (directory === undefined || (await engineAnswers())) return;
  if (await engineRuns()) await endEngine("SIGKILL");
  await startEngine(directory);
}

async function engineRuns(): Promise<boolean> {
  const pid = await enginePid().catch(() => undefined);
  return pid !== undefined && (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")) === "dockerd\n";
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
