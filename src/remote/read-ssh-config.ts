import { glob, readFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import type { LocalUser } from "./ssh-config.ts";

/** As deep as ssh follows files that include others. */
const DEEPEST_INCLUDE = 16;

/** Who runs corebed, and where their keys are. */
export function localUser(): LocalUser {
  const { env } = process;
  return { name: userInfo().username, home: homedir(), agent: env.SSH_AUTH_SOCK || undefined, environment: env };
}

/** The text of ssh's configuration, the user's before the system's, with the files that they include put in. */
export async function readSshConfig({ home }: LocalUser): Promise<string> {
  const [own, system] = await Promise.all([
    readIncluding(join(home, ".ssh/config"), join(home, ".ssh"), home, 0),
    readIncluding("/etc/ssh/ssh_config", "/etc/ssh", home, 0),
  ]);
  return `${own}\nHost *\n${system}`;
}

async function readIncluding(path: string, base: string, home: string, depth: number): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "EACCES" || error.code === "EISDIR") return "";
    throw error;
  });
  const lines: string[] = [];
  // What follows an include belongs to the section that the include is in, whatever sections the other file has.
  let section = "Host *";
  for (const line of text.split("\n")) {
    const included = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
    if (/^\s*(host|match)[\s=]/i.test(line)) section = line;
    if (included === undefined || depth >= DEEPEST_INCLUDE) lines.push(line);
    else lines.push(await includedText(included, base, home, depth), section);
  }
  return lines.join("\n");
}

async function includedText(patterns: string, base: string, home: string, depth: number): Promise<string> {
  const texts: string[] = [];
  for (const quoted of patterns.match(/"[^"]*"|\S+/g) ?? []) {
    const pattern = quoted.replaceAll('"', "").replace(/^~(?=\/)/, home);
    const paths: string[] = [];
    for await (const path of glob(isAbsolute(pattern) ? pattern : join(base, pattern))) paths.push(path);
    for (const path of paths.toSorted()) texts.push(await readIncluding(path, base, home, depth + 1));
  }
  return texts.join("\n");
}
