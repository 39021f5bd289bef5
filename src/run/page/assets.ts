import { readFile } from "node:fs/promises";

const FOLDER = new URL("../../../page/", import.meta.url);

/** The page's files by what they are asked for as. There is no other way to a file, so no path can lead out of the folder. */
const ASSETS: Readonly<Record<string, readonly [file: string, contentType: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
  "/favicon.svg": ["favicon.svg", "image/svg+xml"],
  ...Object.fromEntries(
    ["page", "chart", "cpus", "dom", "format", "labs", "plots", "runs", "table", "words"].map((name) => [
      `/${name}.js`,
      [`${name}.js`, "text/javascript; charset=utf-8"] as const,
    ]),
  ),
};

export interface Asset {
  readonly contentType: string;
  readonly text: string;
}

/** A file of the page; undefined if there is no such path. */
export async function readAsset(path: string): Promise<Asset | undefined> {
  const known = Object.hasOwn(ASSETS, path) ? ASSETS[path] : undefined;
  if (known === undefined) return undefined;
  const [file, contentType] = known;
  return { contentType, text: await readFile(new URL(file, FOLDER), "utf8") };
}
