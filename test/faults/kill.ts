import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { REPOSITORY, type Running } from "../integration/support/corebed.ts";

/** SIGKILL at a moment; a command that was done before is as good. */
export async function killAt(running: Running, moment: (running: Running) => Promise<unknown>): Promise<void> {
  await Promise.race([moment(running).catch(() => {}), running.finished.catch(() => {})]);
  running.kill("SIGKILL");
  await running.finished.catch(() => {});
}

/** What a command told of its steps: `created nf:gen`, in the order in which they were done. */
export function stepsDone(stderr: string): readonly string[] {
  return [...stderr.matchAll(/^ {2}((?:created|updated|removed) \S+) \(/gm)].map(([, step]) => step ?? "");
}

/** Matches as soon as so many steps are done. */
export function afterSteps(count: number): RegExp {
  return new RegExp(`(?:^ {2}(?:created|updated|removed) \\S+ \\([^]*?){${count}}`, "m");
}

/** A step under way, as the last line on a terminal names it. */
const STARTED = /\b(?:create|update|delete) [a-z-]+:[\w().-]+/g;

/**
 * Runs a corebed on a terminal (script(1)), which alone shows what is under way, and kills it when so many steps have been started. Gives the steps that it saw;
 * with `count` undefined it lets corebed come to its end.
 */
export async function killWhenStarted(
  args: readonly string[],
  directory: string,
  count?: number,
): Promise<readonly string[]> {
  const quoted = [`${REPOSITORY}bin/corebed`, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
  const pidFile = `${directory}/on-terminal.pid`;
  const shell = `echo $$ >'${pidFile}'; stty cols 4000; exec ${quoted}`;
  const child: ChildProcess = spawn("script", ["--quiet", "--return", "--command", shell, "/dev/null"], {
    cwd: directory,
    env: { ...process.env, SHELL: "/bin/sh" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const started = new Set<string>();
  let text = "";
  let killed = false;
  const limit = setTimeout(() => child.kill("SIGKILL"), 120_000);
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const [step] of text.matchAll(STARTED)) started.add(step);
    if (killed || count === undefined || started.size < count) return;
    killed = true;
    void readFile(pidFile, "utf8")
      .then((pid) => process.kill(Number(pid), "SIGKILL"))
      .catch(() => {});
  });
  await once(child, "close");
  clearTimeout(limit);
  return [...started];
}
