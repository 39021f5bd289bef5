import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { BASE_NAME } from "./base-image.ts";
import { buildImage } from "./build-image.ts";
import { DIGEST_LABEL, IMAGE_LABEL, type ImageName, type ImageSource, imageSources } from "./image-sources.ts";

/** One image of corebed's that the engine has. */
export interface BuiltImage {
  /** `switch`, `nf` or `base`. */
  readonly name: string;
  readonly reference: string;
  readonly id: string;
  /** Digest of the sources that it was built from; undefined for the base. */
  readonly digest: string | undefined;
  /** Built from the sources that this corebed has; the base always counts as current. */
  readonly current: boolean;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

/** What was done about one image. */
export interface EnsuredImage {
  readonly name: ImageName;
  readonly reference: string;
  readonly built: boolean;
}

export interface EnsureImagesOptions {
  /** The base image to build from; asked for only when something is to be built. Undefined: the one that the Dockerfiles name. */
  readonly base: () => Promise<string | undefined>;
  /** Builds even what is there, without the builder's cache. */
  readonly noCache?: boolean;
  readonly sources?: readonly ImageSource[];
  readonly signal?: AbortSignal;
  readonly onLine?: (name: ImageName, line: string) => void;
}

/** Builds the images whose sources have no image yet, at the same time. Images of other sources are left alone: another checkout may use them. */
export async function ensureImages(docker: Docker, options: EnsureImagesOptions): Promise<readonly EnsuredImage[]> {
  const sources = options.sources ?? (await imageSources());
  const present = new Set((await listImages(docker, sources)).map(({ reference }) => reference));
  const missing = sources.filter(({ reference }) => options.noCache === true || !present.has(reference));
  if (missing.length > 0) {
    const base = await options.base();
    const results = await Promise.allSettled(missing.map((source) => build(docker, source, base, options)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
  return sources.map((source) => ({
    name: source.name,
    reference: source.reference,
    built: missing.includes(source),
  }));
}

/** corebed's images, whatever sources they are from, the current ones first. */
export async function listImages(docker: Docker, sources?: readonly ImageSource[]): Promise<readonly BuiltImage[]> {
  const current = new Set((sources ?? (await imageSources())).map(({ reference }) => reference));
  const found = await attempt("list images", () => docker.listImages({ filters: { label: [IMAGE_LABEL] } }));
  const images = found.flatMap((image) =>
    (image.RepoTags ?? [])
      .filter((tag) => tag.startsWith("corebed/"))
      .map(
        (reference): BuiltImage => ({
          name: image.Labels[IMAGE_LABEL] ?? "",
          reference,
          id: image.Id,
          digest: image.Labels[DIGEST_LABEL],
          current: current.has(reference) || image.Labels[IMAGE_LABEL] === BASE_NAME,
          sizeBytes: image.Size,
          createdAt: new Date(image.Created * 1000).toISOString(),
        }),
      ),
  );
  return images.sort(
    (a, b) =>
      Number(b.current) - Number(a.current) || a.name.localeCompare(b.name) || b.createdAt.localeCompare(a.createdAt),
  );
}

function build(
  docker: Docker,
  source: ImageSource,
  base: string | undefined,
  options: EnsureImagesOptions,
): Promise<string> {
  return buildImage(docker, {
    reference: source.reference,
    files: source.files,
    labels: { [IMAGE_LABEL]: source.name, [DIGEST_LABEL]: source.digest },
    arguments: base === undefined ? {} : { BASE: base },
    noCache: options.noCache ?? false,
    signal: options.signal,
    onLine: (line) => options.onLine?.(source.name, line),
  });
}
