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
