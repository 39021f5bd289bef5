import type { Result } from "../measure/result.ts";
import { writeWhole } from "./write-whole.ts";

/**
 * Writes the page of a result, or of several side by side, as one HTML file. What draws the plots is loaded only now: commands that write no report do not wait
 * for it.
 */
export async function writeHtmlReport(results: Result | readonly Result[], path: string): Promise<void> {
  const { htmlReport } = await import("../report/html/page.ts");
  await writeWhole(path, htmlReport("schema" in results ? [results] : results));
}

/** Where the page of a result file goes if nobody says: beside it, `.html` for `.json`. */
export function htmlPathOf(resultPath: string): string {
  return `${withoutJson(resultPath)}.html`;
}

/** A result's path without its ending. */
export function withoutJson(resultPath: string): string {
  return resultPath.replace(/\.json$/i, "");
}
