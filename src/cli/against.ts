import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { LARGEST_FILE_BYTES, parseTopology } from "../topology/parse-topology.ts";
import { withCapture } from "./capture.ts";
import { EXIT, Exit } from "./exit.ts";
import { loadTopology, rejected, type TopologyFile } from "./input.ts";

const GIT_TIMEOUT_MS = 10_000;

/**
 * The other side of `compare --against`: a file, or, where there is no such file, the same file as a commit has it. The name is what the reader gave.
 */
export async function loadAgainst(
  against: string,
  path: string,
  json: boolean,
): Promise<{ readonly name: string; readonly file: TopologyFile }> {
  if (existsSync(against)) return { name: against, file: await loadTopology(against, json) };
  if (path === "-") {
    throw new Exit(
      EXIT.usage,
      `error: --against ${against}: there is no such file, and standard input is in no commit`,
    );
  }
  const bytes = await fileOfCommit(against, path);
  const parsed = parseTopology(bytes, `${against}:${basename(path)}`);
  if (!parsed.ok) throw rejected(parsed.diagnostics, parsed.source, json);
  return { name: against, file: { topology: withCapture(parsed.topology, path), source: parsed.source } };
}

async function fileOfCommit(commit: string, path: string): Promise<Uint8Array> {
  // What begins with a dash would be an option to git.
  const object = `${commit}:./${basename(path)}`;
  if (commit.startsWith("-")) throw noSuch(commit, "that is neither a file nor a commit");
  try {
    const { stdout } = await promisify(execFile)("git", ["-C", dirname(path), "cat-file", "blob", object], {
      encoding: "buffer",
      timeout: GIT_TIMEOUT_MS,
      maxBuffer: LARGEST_FILE_BYTES + 1,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr, code } = error as Partial<Record<"stdout" | "stderr", Uint8Array>> & { code?: unknown };
    // Cut there, and still more than a topology has: whoever parses it says so.
    if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER" && stdout !== undefined) return stdout;
    const said = stderr === undefined ? String(code) : new TextDecoder().decode(stderr).trim().split("\n")[0];
    throw noSuch(commit, `there is no such file, and git says: ${said}`);
  }
}

function noSuch(against: string, why: string): Exit {
  return new Exit(
    EXIT.badInput,
    `error: --against ${against}: ${why}\n  = help: give another topology file, or a commit that has this one (HEAD~1, main, v1.2)`,
  );
}
