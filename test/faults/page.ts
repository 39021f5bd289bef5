import { FAULTS } from "./all.ts";
import { FINDINGS, type FindingKind, type Row } from "./fault.ts";

/** The result file of the suite. */
export interface Report {
  readonly machine: string;
  readonly rows: readonly (Row & { /** Day of the run, `2026-11-21`. */ readonly date: string })[];
}

/** docs/faults.md: what was done, how often, and what was found. */
export async function reportPage({ machine, rows }: Report): Promise<string> {
  const kinds = Object.keys(FINDINGS) as FindingKind[];
  const head = ["fault", "times", "of", ...kinds.map((kind) => FINDINGS[kind]), "date"];
  const wholes = await Promise.all(rows.map(({ name }) => wholeRun(name)));
  const table = rows.map((row, i) => [
    `[${row.name}](#${row.name})`,
    String(row.times),
    String(wholes[i]),
    ...kinds.map((kind) => String(row.findings.filter((finding) => finding.kind === kind).length)),
    row.date,
  ]);
  const total = rows.reduce((sum, { times }) => sum + times, 0);
  return `${INTRODUCTION}
## What was found

${total} faults on a machine with ${machine}.

${line(head)}
${line(head.map((_, i) => (i === 0 || i === head.length - 1 ? "---" : "---:")))}
${table.map(line).join("\n")}

${LOOKED_AT}
## What was done
${rows.map(section).join("")}
${NOT_COVERED}`;
}

/** How often a whole run makes a fault happen. */
async function wholeRun(name: string): Promise<number> {
  const cases = (await FAULTS.find((fault) => fault.name === name)?.cases(undefined)) ?? [];
  return cases.reduce((sum, { times = 1 }) => sum + times, 0);
}

function section(row: Report["rows"][number]): string {
  const said =
    row.said.length === 0 ? "" : `\nSome of what corebed said:\n\n${fence(row.said.slice(0, 6).join("\n"))}\n`;
  const found = row.findings.map(
    ({ kind, in: where, text }) => `- ${FINDINGS[kind]}, ${where}: ${text.replaceAll("\n", " ")}\n`,
  );
  return `
### ${row.name}

${sentence(row.what)}
${found.length === 0 ? "" : `\nFound:\n\n${found.join("")}`}${said}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

const INTRODUCTION = `# Faults

What happens to a lab when something breaks, tried on the real stack: Docker, OVS-DPDK, huge pages. This page is made by
\`npm run faults -- --page docs/faults.md\`, in parts where names of faults are given; \`npm test\` makes a few of each
happen and fails if anything is found.

The suite runs in a host of its own: namespaces for processes, mounts and the network, an empty \`/run\` and a Docker engine
that nobody else uses, on the CPUs and huge pages of the machine. So it tells what is left behind from what others make.
`;

const LOOKED_AT = `"Of" is how often a whole run makes it happen. After each fault was looked for:

- **left behind**: containers, networks, volumes, veth pairs and other interfaces, iptables rules, files and sockets under
  \`/run/corebed*\` and \`/var/lib/corebed\`, unfinished result files, mounts, processes, files of huge pages, locks.
- **wrong results**: a result file that does not fit its schema, is cut off, or calls a trial complete that the fault broke.
- **hangs**: a command that is not done in time: apply 120 s, destroy 90 s, run 150 s, compare 180 s, ci 240 s, others 60 s;
  longer in proportion while more threads want to run than there are CPUs.
- **unclear messages**: an exit code or message that does not tell the cause, or an error that corebed itself takes for a bug.
- **apply failed after**: \`apply\`, tried when the fault is over, does not bring the lab to what the file says, or none of
  three trials gets packets through it.
- **destroy failed after**: \`destroy\` ends with an error.
- **could not be done**: the fault itself could not be made to happen.

Found by this suite, and mended since:

- corebed killed between making a veth pair and marking it left the pair behind. One process does both now.
- \`compare\` after one that was killed was refused: the lab that had been measured still held the CPUs.
- An engine that was too busy to answer within 5 s was called stopped, and its images not built.
- \`plan\` with the engine stopped did not say that it saw nothing of the lab.
- A full disk was told as \`ENOSPC\`.
- \`apply\` saw nothing wrong with an NF or an ovs-vswitchd that was stuck, and waited for it in vain. It is made anew.
- A switch whose corebed was killed before DPDK was started in it, and that was paused since, was resumed and taken for whole.
- \`destroy\` after one that was killed failed where the engine was still at the removal that the first had asked for.
- \`destroy\` failed where a killed process of a container was not gone yet, on a loaded machine.
- A container that a busy machine could not freeze at the first try ended the run.
- A file in place of a lab's directory made every command on the lab fail.
- An engine killed between making a container's process and starting it forgot the process, and the removal of the container left it: with its MAC, which no
  other interface on its network could have any more, so that \`apply\` failed for good.
- Containers that polled and slept below one control group kept everyone else from their CPUs for minutes (Linux 6.13 to 6.18.44, see
  [hygiene.md](hygiene.md)): commands ran out of their time.
`;

const NOT_COVERED = `## What this does not cover

- One machine. Labs over several hosts and cuts of an SSH connection have tests of their own.
- Faults of the hardware, the kernel and its drivers: memory errors, a panic, a full process table, real network cards.
- A power cut: files are written whole in the sight of other processes, and not forced to the disk.
- SIGKILL in the microseconds in which a result is written can leave its unfinished \`.part\` file; the result is never half.
- The kernel's own clock is everybody's: it is corebed's view of it that is stepped. NFs and the switch use counters of cycles.
- Huge pages are kept from containers by a control group; they are not taken out of the kernel's pool, which others use.
`;
