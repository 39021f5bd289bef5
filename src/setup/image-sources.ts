import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageFacts } from "../lab/host-facts.ts";
import type { TarFile } from "./tar.ts";

export type ImageName = ImageFacts["name"];
export const IMAGE_NAMES: readonly ImageName[] = ["switch", "nf"];

/** Label with the image's name; what carries it is corebed's. */
export const IMAGE_LABEL = "corebed.image";
/** Label with the digest of the sources that the image was built from. */
export const DIGEST_LABEL = "corebed.source-digest";

/** The sources of one image, as they are in this corebed. */
export interface ImageSource<Name extends string = ImageName> {
  readonly name: Name;
  /** `corebed/nf:` and the first 12 digits of the digest. */
  readonly reference: string;
  /** SHA-256 over every file of the build context: path, executable or not, content. */
  readonly digest: string;
  /** The build context, in the order of their paths. */
  readonly files: readonly TarFile[];
}

/** `images/` of the package. Compiled or not, this file is two folders below the package's root. */
const IMAGES_FOLDER = fileURLToPath(new URL("../../images/", import.meta.url));

/** What tools and editors leave behind. */
const LEFTOVER_FOLDERS = new Set([".git", "build", "node_modules", "__pycache__"]);
const LEFTOVER_FILES = /^(\.DS_Store|\..*\.sw.|.*~|.*\.o|.*\.orig|.*\.rej)$/;
const ELF_MAGIC = Buffer.from("\x7fELF", "latin1");

/** Sources of the switch's and the NFs' image. */
export function imageSources(folder: string = IMAGES_FOLDER): Promise<readonly ImageSource[]> {
  return Promise.all(IMAGE_NAMES.map((name) => imageSource(name, join(folder, name))));
}

/** Sources of one image: every file in a folder, less what a build or an editor left there. */
export async function imageSource<Name extends string>(name: Name, folder: string): Promise<ImageSource<Name>> {
  const files = await filesOf(folder, "");
  if (!files.some(({ path }) => path === "Dockerfile")) throw new Error(`internal: no Dockerfile in ${folder}`);
  const digest = digestOf(files);
  return { name, reference: `corebed/${name}:${digest.slice(0, 12)}`, digest, files };
}

/** Names and references alone, as `readHostFacts` takes them. */
export async function imageReferences(): Promise<readonly Pick<ImageSource, "name" | "reference">[]> {
  return (await imageSources()).map(({ name, reference }) => ({ name, reference }));
}

/** Lengths stand before the parts, so that no two lists of files run together to the same text. */
export function digestOf(files: readonly TarFile[]): string {
  const hash = createHash("sha256");
  for (const { path, executable, content } of files) {
    hash.update(`${Buffer.byteLength(path)}:${path}:${executable ? "x" : "-"}:${content.length}:`);
    hash.update(content);
  }
  return hash.digest("hex");
}

async function filesOf(root: string, folder: string): Promise<readonly TarFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly TarFile[]> => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return LEFTOVER_FOLDERS.has(entry.name) ? [] : await filesOf(root, path);
      if (!entry.isFile() || LEFTOVER_FILES.test(entry.name)) return [];
      const content = await readFile(join(root, path));
      // A compiled program beside its sources is no source.
      if (content.subarray(0, 4).equals(ELF_MAGIC)) return [];
      const { mode } = await stat(join(root, path));
      return [{ path, executable: (mode & 0o100) !== 0, content }];
    }),
  );
  return found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}
