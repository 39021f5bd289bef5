import { basename, dirname } from "node:path";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { DockerError, toDockerError } from "../host/docker-error.ts";
import { engineMessages } from "../host/docker-messages.ts";
import { type Host, HostError } from "../host/host.ts";
import { textReader } from "../host/look.ts";
import { parseOsRelease } from "../host/parse/proc-text.ts";
import { type Apt, isInstalled } from "./apt.ts";
import {
  type AptSource,
  BASE_SUITE,
  baseSources,
  DEBIAN_KEYRING,
  mirrorSettings,
  parseAptSources,
} from "./apt-sources.ts";
import { IMAGE_LABEL } from "./image-sources.ts";
import { SetupError, tail } from "./setup-error.ts";

/** The base that the Dockerfiles name. */
const PUBLIC_BASE = { repository: "debian", tag: "bookworm-slim" };
/** The base that is made where that one cannot be had. */
const OWN_BASE = { repository: "corebed/base", tag: BASE_SUITE };
export const BASE_NAME = "base";

/** A registry that is there begins to answer within this time. */
const REGISTRY_ANSWER_MS = 10_000;
/** 30 MB must be here within this time, or making a base is quicker. */
const PULL_MS = 60_000;
const MAKE_TIMEOUT_MS = 300_000;

/** Which base the images are built from, and what was done for it. */
export interface BaseImage {
  /** For the build argument BASE; undefined: the one that the Dockerfiles name. */
  readonly reference: string | undefined;
  /** One line for people. */
  readonly detail: string;
  /** What is new on the host. */
  readonly changes: readonly string[];
}

export interface BaseImageOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

/** The public base if the engine has it or a registry gives it; else one made from the distribution's packages, once. */
export async function ensureBaseImage(
  host: Host,
  docker: Docker,
  apt: Apt,
  options: BaseImageOptions = {},
): Promise<BaseImage> {
  const publicReference = `${PUBLIC_BASE.repository}:${PUBLIC_BASE.tag}`;
  const ownReference = `${OWN_BASE.repository}:${OWN_BASE.tag}`;
  if (await hasImage(docker, publicReference)) return { reference: undefined, detail: publicReference, changes: [] };
  if (await hasImage(docker, ownReference, BASE_NAME)) {
    return { reference: ownReference, detail: `${ownReference}, made here earlier`, changes: [] };
  }
  const trouble = await tryPull(docker, options.signal);
  if (trouble === undefined) {
    return {
      reference: undefined,
      detail: `pulled ${publicReference}`,
      changes: [`pulled the image ${publicReference}`],
    };
  }
  const installed = await installTools(host, apt, options);
  await makeBase(host, docker, options);
  return {
    reference: ownReference,
    detail: `no registry in reach (${trouble}): made ${ownReference} from Debian's packages instead of pulling ${publicReference}`,
    changes: [...installed, `made the image ${ownReference} from Debian's packages`],
  };
}

/** The label is asked for, so that an image of that name that someone else made is not taken for ours. */
async function hasImage(docker: Docker, reference: string, label?: string): Promise<boolean> {
  try {
    const image = await attempt(`look for ${reference}`, () => docker.getImage(reference).inspect());
    return label === undefined || image.Config.Labels?.[IMAGE_LABEL] === label;
  } catch (error) {
    if (error instanceof DockerError && error.statusCode === 404) return false;
    throw error;
  }
}

/** Undefined if the public base is here now, else why not. */
async function tryPull(docker: Docker, signal: AbortSignal | undefined): Promise<string | undefined> {
  const attempted = `pull ${PUBLIC_BASE.repository}:${PUBLIC_BASE.tag}`;
  const limit = new AbortController();
  const timers = [setTimeout(() => limit.abort("no answer"), REGISTRY_ANSWER_MS)];
  const given = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
  try {
    const stream = await docker.createImage({
      fromImage: PUBLIC_BASE.repository,
      tag: PUBLIC_BASE.tag,
      abortSignal: given,
    });
    clearTimeout(timers[0]);
    timers.push(setTimeout(() => limit.abort("too slow"), PULL_MS));
    for await (const _message of engineMessages(attempted, stream));
    return undefined;
  } catch (error) {
    if (signal?.aborted) throw new DockerError(attempted, "aborted", { cause: signal.reason });
    if (limit.signal.aborted) return String(limit.signal.reason);
    return rootCause(toDockerError(attempted, error).reason);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** `Get "https://…": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host` is told by its end. */
function rootCause(reason: string): string {
  return reason.split(": ").at(-1) ?? reason;
}

async function installTools(host: Host, apt: Apt, options: BaseImageOptions): Promise<readonly string[]> {
  const packages: string[] = [];
  if (!(await isInstalled(host, "mmdebstrap"))) packages.push("mmdebstrap");
  if (!(await host.list(dirname(DEBIAN_KEYRING)))?.includes(basename(DEBIAN_KEYRING)))
    packages.push("debian-archive-keyring");
  if (packages.length === 0) return [];
  await apt.install(packages, ["mmdebstrap"], options);
  return [`installed ${packages.join(", ")}`];
}

/** mmdebstrap's archive goes straight into the engine: nothing is left on the host's disk. */
async function makeBase(host: Host, docker: Docker, options: BaseImageOptions): Promise<void> {
  const attempted = `make the base image ${OWN_BASE.repository}:${OWN_BASE.tag}`;
  const archive = new PassThrough({ highWaterMark: 1 << 20 });
  archive.on("error", () => {}); // told by whoever destroyed it
  const abandon = new AbortController();
  const signal = options.signal === undefined ? abandon.signal : AbortSignal.any([abandon.signal, options.signal]);

  const sources = await sourcesForBase(host);
  const made = host.run(await recipe(host, sources), {
    stdin: `${sources.join("\n")}\n`,
    stdout: archive,
    timeoutMs: MAKE_TIMEOUT_MS,
    signal,
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  const imported = importArchive(attempted, docker, archive, signal);
  const [maker, importer] = await Promise.allSettled([
    made.then((result) => {
      if (result.exitCode === 0) return;
      throw new SetupError(attempted, `mmdebstrap ended with exit code ${result.exitCode}${tail(result.stderr)}`);
    }),
    // With nobody to read its archive the maker would wait until its time limit.
    imported.catch((error) => {
      if (archive.errored === null) abandon.abort();
      throw error;
    }),
  ]);
  // Each one's failure breaks the other off. Only the first is told.
  if (maker.status === "rejected" && !abandon.signal.aborted) throw asSetupError(attempted, maker.reason);
  if (importer.status === "rejected") throw importer.reason;
}

async function importArchive(
  attempted: string,
  docker: Docker,
  archive: PassThrough,
  signal: AbortSignal,
): Promise<void> {
  try {
    const stream = await docker.importImage(archive, {
      repo: OWN_BASE.repository,
      tag: OWN_BASE.tag,
      changes: [`LABEL ${IMAGE_LABEL}=${BASE_NAME}`, 'CMD ["bash"]'],
      abortSignal: signal,
    });
    for await (const _message of engineMessages(attempted, stream));
  } catch (error) {
    throw toDockerError(attempted, error);
  }
}

/** A minimal Debian without manuals and translations, that apt and dpkg inside it treat as what it is: thrown away when it breaks. */
async function recipe(host: Host, sources: readonly string[]): Promise<readonly string[]> {
  const dpkg = [
    "force-unsafe-io",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/lintian/*",
  ];
  const dump = await host.run(["apt-config", "dump"]).catch((error) => {
    if (error instanceof HostError) return undefined;
    throw error;
  });
  const apt = ['Acquire::Languages "none";', ...mirrorSettings(dump?.stdout ?? "")];
  return [
    "mmdebstrap",
    "--variant=minbase",
    "--format=tar",
    ...dpkg.map((option) => `--dpkgopt=${option}`),
    ...apt.map((option) => `--aptopt=${option.replace(/;$/, "")}`),
    BASE_SUITE,
    "-",
    // The second dash is for archive lines on standard input; without any, mmdebstrap knows where Debian is.
    ...(sources.length > 0 ? ["-"] : []),
  ];
}

async function sourcesForBase(host: Host): Promise<readonly string[]> {
  const text = textReader(host);
  const release = parseOsRelease(await text("/etc/os-release"));
  const folder = "/etc/apt/sources.list.d";
  const names = (await host.list(folder)) ?? [];
  const files = ["/etc/apt/sources.list", ...names.map((name) => `${folder}/${name}`)].filter((path) =>
    /\.(list|sources)$/.test(path),
  );
  const sources: AptSource[] = [];
  for (const path of files) {
    sources.push(...parseAptSources(await text(path), path.endsWith(".list") ? "one-line" : "deb822"));
  }
  return baseSources(sources, { id: release.get("ID"), codename: release.get("VERSION_CODENAME") });
}

function asSetupError(attempted: string, error: unknown): unknown {
  return error instanceof HostError ? new SetupError(attempted, error.reason, { cause: error }) : error;
}
