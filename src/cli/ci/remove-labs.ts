import { timeLimit } from "../../host/time-limit.ts";
import { EXIT, Exit } from "../exit.ts";
import { explain } from "../explain-error.ts";
import { note } from "../terminal.ts";
import type { Place } from "./place.ts";

/** Removing a lab takes seconds; after this long something does not answer. */
const REMOVAL_MS = 120_000;

/**
 * Removes those of the labs of which anything is there, whatever ended the run: it has a signal of its own. Goes on with the others where one cannot be removed,
 * and throws at the end.
 */
export async function removeLabs(names: readonly string[], { open }: Pick<Place, "open">): Promise<void> {
  const abort = new AbortController();
  const limit = timeLimit(REMOVAL_MS, () => abort.abort(new Exit(EXIT.unavailable)));
  try {
    const site = await open(0, abort.signal);
    const present = await site.present();
    const stuck: string[] = [];
    for (const name of names.filter((lab) => present.includes(lab))) {
      note(`Removing lab ${name}`);
      try {
        await using _lock = await site.lock([name], "ci");
        await site.destroy(name);
      } catch (error) {
        stuck.push(`${name}: ${explain(error).message.replace(/^error: /, "") || "it took too long"}`);
      }
    }
    if (stuck.length === 0) return;
    throw new Exit(
      EXIT.unavailable,
      `error: not removed: ${stuck.join("\n  ")}\n  = help: corebed destroy ${site.destroyTarget ?? `--all${site.hostSuffix}`} removes what is left`,
    );
  } finally {
    limit.stop();
  }
}
