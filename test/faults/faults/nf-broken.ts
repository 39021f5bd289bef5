import { readFile, writeFile } from "node:fs/promises";
import { command } from "../../integration/support/command.ts";
import { eventually } from "../../integration/support/eventually.ts";
import { type Injury, injureAndDestroy, injureIdle, injureTrial } from "../during-trial.ts";
import type { Case, Fault } from "../fault.ts";

const LAB = "fault-nf";
const NFS = ["gen", "sink"] as const;
type Nf = (typeof NFS)[number];

interface Way {
  readonly happen: (nf: Nf) => Injury["happen"];
  /** What corebed has to say of the NF. */
  readonly cause: string;
}

/** The ways in which a container can break. */
const WAYS: Readonly<Record<string, Way>> = {
  killed: {
    happen: (nf) => async () => void (await command("docker", "kill", container(nf))),
    cause: "its container was killed \\(SIGKILL\\)",
  },
  removed: {
    happen: (nf) => async () => void (await command("docker", "rm", "--force", container(nf))),
    cause: "its container was removed",
  },
  paused: {
    happen: (nf) => async () => void (await command("docker", "pause", container(nf))),
    cause: "its container is paused",
  },
  stuck: {
    happen: (nf) => async () => void process.kill(await pidOf(nf), "SIGSTOP"),
    cause: "its container runs, but the NF does not answer",
  },
  "out of memory": { happen: (nf) => () => runOutOfMemory(nf), cause: "its container ran out of memory" },
};

/** An NF killed, removed, paused, stuck or out of memory. */
export const nfBroken: Fault = {
  name: "nf-broken",
  what: "an NF's container killed, removed, paused, its process stopped (SIGSTOP) or ended by the kernel for want of memory, while a trial is measured and between trials; the generator and the counter each",
  few: 1,
  cases: () =>
    Object.entries(WAYS).flatMap(([way, { happen, cause }]) =>
      NFS.flatMap((nf): readonly Case[] => {
        const injury: Injury = {
          lab: LAB,
          happen: happen(nf),
          cause: new RegExp(`NF ${nf}: .*: ${cause}`),
          mended: new RegExp(`\\bnf:${nf}\\b`),
        };
        return [
          { name: `${nf} ${way} during a trial`, run: (bench) => injureTrial(bench, injury) },
          { name: `${nf} ${way} before a run`, run: (bench) => injureIdle(bench, injury) },
          { name: `${nf} ${way} before destroy`, run: (bench) => injureAndDestroy(bench, injury) },
        ];
      }),
    ),
};

function container(nf: Nf): string {
  return `corebed.${LAB}.${nf}`;
}

async function pidOf(nf: Nf): Promise<number> {
  return Number(await command("docker", "inspect", "--format", "{{.State.Pid}}", container(nf)));
}

/** Gives the container little more memory than it has, makes its NF the kernel's first choice, and fills what is left. */
async function runOutOfMemory(nf: Nf): Promise<void> {
  const pid = await pidOf(nf);
  await writeFile(`/proc/${pid}/oom_score_adj`, "1000");
  const resident = Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
  const limit = `${Math.ceil(resident / 1024) + 24}m`;
  await command("docker", "update", "--memory", limit, "--memory-swap", limit, container(nf));
  await command("docker", "exec", container(nf), "sh", "-c", "head -c 256m /dev/zero | tail -c 256m | wc -c").catch(
    () => {},
  );
  await eventually(
    async () => (await command("docker", "inspect", "--format", "{{.State.Running}}", container(nf))) === "false",
    { what: `the kernel ends ${nf}` },
  );
}
