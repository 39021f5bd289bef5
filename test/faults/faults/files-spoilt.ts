import { access, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { command } from "../../integration/support/command.ts";
import { pair } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { mixed } from "../labs.ts";
import { leaveDeadSocket } from "../ovsdb-proxy.ts";

const LAB = "fault-files";
const DIRECTORY = `/run/corebed/${LAB}`;

/** Disks that are full, and what others left where a lab wants to be. */
export const filesSpoilt: Fault = {
  name: "files-spoilt",
  what: "the disk full while a result is written (no room at all, for half a result, for one of two trials) and /run full at apply; dead sockets in a lab's directory; a lock whose holder is stuck or gone; foreign files, directories, pipes and links in a lab's directory, or a file in its place",
  few: 2,
  cases: () => [
    ...[0, 4, 24, 40].map(
      (kib): Case => ({ name: `the disk has ${kib} KiB left for a result`, run: (bench) => fullDisk(bench, kib) }),
    ),
    { name: "/run is full at apply", run: fullRun },
    { name: "dead sockets of a lab whose containers were removed", run: deadSockets },
    { name: "an NF's control socket is dead", run: (bench) => deadControl(bench, `${DIRECTORY}/sink/ctl.sock`) },
    {
      name: "the switch's control socket is dead",
      run: (bench) => deadControl(bench, `${DIRECTORY}/switch/vswitchd.ctl`),
    },
    { name: "a lock whose holder is stuck", run: stuckHolder },
    { name: "the file of a lock whose holder is gone", run: goneHolder },
    { name: "foreign files before apply", run: (bench) => foreignFiles(bench, "before") },
    { name: "foreign files in a lab that is up", run: (bench) => foreignFiles(bench, "after") },
    { name: "a file in place of the lab's directory", run: fileInPlace },
  ],
};

async function fullDisk(bench: Bench, kib: number): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  const disk = bench.path("disk");
  await mkdir(disk);
  await command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk);
  try {
    await bench.converge(file);
    await writeFile(`${disk}/ballast`, Buffer.alloc((256 - kib) << 10));
    const out = `${disk}/result.json`;
    const finished = await bench.run(["run", file, "--trials", "2", "--out", out]);
    const result = await bench.resultAt(out);
    bench.wantEnd("run", finished, result?.complete === true ? [0, 1] : [69], /result\.json.*(space|full)/);
    const left = (await readdir(disk)).filter((name) => name !== "ballast" && name !== "result.json");
    if (left.length > 0) bench.find("leak", `beside the result: ${left.join(", ")}`);
    if (finished.code === 69 && result?.complete === true)
      bench.find("wrong-result", "the command failed and its result is complete");
  } finally {
    await command("umount", disk);
  }
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function fullRun(bench: Bench): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  // Fills it up to the last page; dd ends with an error when it is full.
  await command("dd", "if=/dev/zero", "of=/run/ballast", "bs=4k").catch(() => {});
  const finished = await bench.run(["apply", file]);
  bench.wantEnd("apply", finished, [69], /no space left|ENOSPC/i);
  await rm("/run/ballast");
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function deadSockets(bench: Bench): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  await bench.converge(file);
  await command("docker", "rm", "--force", ...["gen", "fwd", "sink", "switch"].map((nf) => `corebed.${LAB}.${nf}`));
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function deadControl(bench: Bench, path: string): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  await bench.converge(file);
  await leaveDeadSocket(path);
  const finished = await bench.run(["run", file, "--trials", "1", "--out", bench.path("result.json")]);
  bench.wantEnd("run", finished, [0, 1, 69], /sink|switch/);
  await bench.resultAt(bench.path("result.json"));
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function stuckHolder(bench: Bench): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  const holder = bench.start(["apply", file]);
  await holder.says(/created directory:gen/);
  holder.kill("SIGSTOP");
  for (const args of [
    ["apply", file],
    ["destroy", LAB],
  ]) {
    bench.wantEnd(args[0] ?? "", await bench.run(args), [69], new RegExp(`lab ${LAB} is being changed by`));
  }
  holder.kill("SIGKILL");
  await holder.finished;
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function goneHolder(bench: Bench): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  const lock = `/run/corebed-lock/${encodeURIComponent(`lab ${LAB}`)}`;
  await mkdir("/run/corebed-lock", { recursive: true });
  await writeFile(lock, "corebed apply (process 1 on another host)");
  await bench.converge(file);
  await bench.measure(file);
  await rm(lock);
  await bench.destroy(LAB);
}

async function foreignFiles(bench: Bench, when: "before" | "after"): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  const outside = bench.path("outside");
  await mkdir(outside);
  await writeFile(`${outside}/kept`, "kept");
  if (when === "after") await bench.converge(file);
  await mkdir(`${DIRECTORY}/of-others/deep`, { recursive: true });
  await writeFile(`${DIRECTORY}/of-others/deep/file`, "x");
  await writeFile(`${DIRECTORY}/notes.txt`, "x");
  await symlink(outside, `${DIRECTORY}/link`);
  await symlink("/nowhere", `${DIRECTORY}/dangling`);
  await command("mkfifo", `${DIRECTORY}/pipe`);
  await bench.run(["status", LAB]);
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
  await access(`${outside}/kept`).catch(() => bench.find("leak", "destroy removed a file that a link led to"));
}

async function fileInPlace(bench: Bench): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  await mkdir("/run/corebed", { recursive: true });
  await writeFile(DIRECTORY, "x");
  const finished = await bench.run(["apply", file, "--yes"]);
  bench.wantEnd("apply", finished, [0, 69], new RegExp(DIRECTORY));
  const destroyed = await bench.run(["destroy", LAB]);
  if (destroyed.code !== 0) bench.find("not-destroyed", destroyed.stderr.slice(-300));
  await rm(DIRECTORY, { force: true });
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}
