import { stat } from "node:fs/promises";
import type { HostOption } from "./host-option.ts";
import type { TopologyFile } from "./input.ts";
import { loadWhere } from "./load-where.ts";
import type { Where } from "./where.ts";

/** What a command is to work on: a lab by its name, or the labs of a file, which may say where they are. */
export type Target =
  | { readonly kind: "name"; readonly name: string; readonly where: Where }
  | { readonly kind: "file"; readonly loaded: TopologyFile; readonly where: Where };

/** Tells the name of a lab from that of a file, and reads the file. */
export async function targetOf(text: string, options: HostOption & { readonly json?: boolean }): Promise<Target> {
  if (!(await isFile(text))) {
    const { host } = options;
    return { kind: "name", name: text, where: { kind: "one", options: host === undefined ? {} : { host } } };
  }
  return { kind: "file", ...(await loadWhere(text, options, true)) };
}

async function isFile(text: string): Promise<boolean> {
  // No lab has such a name: a file that is not there is a mistake, and nothing would be found.
  if (text === "-" || /[/.]/.test(text)) return true;
  return stat(text).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
