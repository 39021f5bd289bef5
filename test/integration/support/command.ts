import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Standard output of one of the machine's own programs; throws if it fails. */
export async function command(...argv: readonly string[]): Promise<string> {
  const [program = "", ...args] = argv;
  const { stdout } = await run(program, args, { timeout: 120_000, maxBuffer: 64 << 20 });
  return stdout.trim();
}

/** The lines of its output, without empty ones. */
export async function lines(...argv: readonly string[]): Promise<readonly string[]> {
  return (await command(...argv)).split("\n").filter((line) => line !== "");
}

/** Ids of a lab's containers by the name of the NF, `switch` included. */
export async function containerIds(lab: string): Promise<ReadonlyMap<string, string>> {
  const format = '{{.Label "corebed.resource"}} {{.ID}}';
  const filter = `label=corebed.lab=${lab}`;
  const rows = await lines("docker", "ps", "--all", "--no-trunc", "--filter", filter, "--format", format);
  return new Map(rows.map((row) => [row.split(/[: ]/)[1] ?? "", row.split(" ")[1] ?? ""] as const));
}
