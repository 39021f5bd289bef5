import { dockerClient } from "../host/docker.ts";
import { readHugePageFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import { localHost } from "../host/local-host.ts";
import { textReader } from "../host/look.ts";
import { parseMeminfo } from "../host/parse/proc-text.ts";
import { imageSize, sendImage } from "../host/send-image.ts";
import { Apt } from "./apt.ts";
import { ensureBaseImage } from "./base-image.ts";
import { ensureDockerEngine } from "./docker-engine.ts";
import { reserveHugePages, wantedHugePages } from "./huge-pages.ts";
import { type ImageName, type ImageSource, imageSources } from "./image-sources.ts";
import { ensureImages, listImages } from "./images.ts";

/** The steps of making a host ready. */
export type SetupStep = "docker" | "huge-pages" | "base-image" | "image-switch" | "image-nf";

/** What `makeReady` is doing. Every step ends in done (something was changed), skipped (nothing had to be) or failed. */
export interface SetupEvent {
  readonly type: "setup";
  readonly step: SetupStep;
  readonly state: "start" | "progress" | "done" | "skipped" | "failed";
  /** A line for people. */
  readonly detail: string;
  /** Since the step's start; with done, skipped and failed. */
  readonly elapsedMs?: number;
}

export type EmitSetup = (event: SetupEvent) => void;

export interface MakeReadyOptions {
  /** Huge pages to have in all; 1 GiB of them unless told. */
  readonly hugePages?: number;
  readonly signal?: AbortSignal;
}

/** Makes a host ready for labs and says what it changed there. Does nothing to what is ready; a second run takes a moment. */
export async function makeReady(
  host: Host,
  emit: EmitSetup,
  options: MakeReadyOptions = {},
): Promise<{ readonly changes: readonly string[] }> {
  // One of the two may fail while the other is at work: both are waited for, so that nothing goes on behind the caller's back.
  const [pages, images] = await Promise.allSettled([
    readyHugePages(host, emit, options),
    readyDocker(host, emit, options),
  ]);
  if (images.status === "rejected") throw images.reason;
  if (pages.status === "rejected") throw pages.reason;
  return { changes: [...images.value, ...pages.value] };
}

/** The images alone: `corebed images build`. */
export async function makeImages(
  host: Host,
  emit: EmitSetup,
  options: { readonly signal?: AbortSignal; readonly noCache?: boolean } = {},
): Promise<{ readonly changes: readonly string[] }> {
  return { changes: await readyImages(host, new Apt(host), emit, options) };
}

async function readyHugePages(host: Host, emit: EmitSetup, options: MakeReadyOptions): Promise<readonly string[]> {
  return await step(emit, "huge-pages", "looking at huge pages", async () => {
    const facts = {
      hugePages: await readHugePageFacts(host),
      memory: await memoryOf(host),
    };
    const wanted = options.hugePages ?? wantedHugePages(facts);
    const { pageKib, before, total, short, compacted } = await reserveHugePages(host, wanted);
    const size = `${pageKib / 1024} MiB`;
    const shortage = short > 0 ? `; ${short} more were wanted, but memory is too full or fragmented` : "";
    const how = compacted ? " after compacting memory and dropping caches" : "";
    if (total === before) return { detail: `${total} huge pages of ${size} are reserved${shortage}`, changes: [] };
    const change = `reserved ${total - before} huge pages of ${size} (${before} before, ${total} now)${how}`;
    return { detail: change + shortage, changes: [change] };
  });
}

async function readyDocker(host: Host, emit: EmitSetup, options: MakeReadyOptions): Promise<readonly string[]> {
  const apt = new Apt(host);
  const engine = await step(emit, "docker", "looking for Docker Engine", (progress) =>
    ensureDockerEngine(host, apt, { signal: options.signal, onLine: aptProgress(progress) }),
  );
  return [...engine, ...(await readyImages(host, apt, emit, options))];
}

async function readyImages(
  host: Host,
  apt: Apt,
  emit: EmitSetup,
  options: { readonly signal?: AbortSignal; readonly noCache?: boolean },
): Promise<readonly string[]> {
  const docker = dockerClient(host);
  const sources = await imageSources();
  const present = new Set((await listImages(docker, sources)).map(({ reference }) => reference));
  const wanted = sources.filter(({ reference }) => options.noCache === true || !present.has(reference));
  for (const { name, reference } of sources.filter((source) => !wanted.includes(source))) {
    emit({ type: "setup", step: `image-${name}`, state: "skipped", detail: `${reference} is built` });
  }
  const sent = options.noCache === true ? [] : await sendImages(host, wanted, emit, options);
  const left = wanted.filter(({ reference }) => !sent.includes(reference));
  const sentChanges = sent.map((reference) => `sent the image ${reference} there`);
  if (left.length === 0) return sentChanges;

  let base: string | undefined;
  const baseChanges = await step(emit, "base-image", "looking for the base image", async (progress) => {
    const found = await ensureBaseImage(host, docker, apt, { signal: options.signal, onLine: baseProgress(progress) });
    base = found.reference;
    return found;
  });
  const results = await Promise.allSettled(
    left.map((source) =>
      step(emit, `image-${source.name}`, `building ${source.reference}`, async (progress) => {
        await ensureImages(docker, {
          base: async () => base,
          sources: [source],
          noCache: options.noCache ?? false,
          onLine: buildProgress(progress),
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
        return { detail: `built ${source.reference}`, changes: [`built the image ${source.reference}`] };
      }),
    ),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return [
    ...sentChanges,
    ...baseChanges,
    ...results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])),
  ];
}

/**
 * Sends images to another machine that this one has already: quicker than to build them there, and the same bytes. Gives what was sent; the rest is to be built.
 */
export async function sendImages(
  host: Host,
  wanted: readonly Pick<ImageSource, "name" | "reference">[],
  emit: EmitSetup,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  if (host.name === "local") return [];
  const [from, to] = [dockerClient(localHost()), dockerClient(host)];
  const sent: string[] = [];
  // One after another: the line is the same.
  for (const { name, reference } of wanted) {
    const bytes = await imageSize(from, reference);
    if (bytes === undefined) continue;
    await step(emit, `image-${name}`, `sending ${reference} (${(bytes / 1e6).toFixed(0)} MB)`, async (progress) => {
      await sendImage({ from, to, reference, ...options, onPercent: (percent) => progress(`sent ${percent} %`) });
      return { detail: `sent ${reference}`, changes: [reference] };
    });
    sent.push(reference);
  }
  return sent;
}

/** Runs one step between its events, and gives what it changed. */
async function step(
  emit: EmitSetup,
  name: SetupStep,
  doing: string,
  work: (
    progress: (detail: string) => void,
  ) => Promise<{ readonly detail: string; readonly changes: readonly string[] }>,
): Promise<readonly string[]> {
  const started = performance.now();
  const tell = (state: SetupEvent["state"], detail: string) => {
    const ended = state !== "start" && state !== "progress";
    const time = ended ? { elapsedMs: Math.round(performance.now() - started) } : {};
    emit({ type: "setup", step: name, state, detail, ...time });
  };
  tell("start", doing);
  try {
    const { detail, changes } = await work((line) => tell("progress", line));
    tell(changes.length > 0 ? "done" : "skipped", detail);
    return changes;
  } catch (error) {
    tell("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** Of apt's many lines, those that tell how far it is. */
function aptProgress(progress: (detail: string) => void): (line: string) => void {
  return (line) => {
    if (/^(Need to get|Fetched|Setting up (docker\.io|containerd|iptables))/.test(line)) progress(line);
  };
}

/** `I: extracting archives...` of mmdebstrap. */
function baseProgress(progress: (detail: string) => void): (line: string) => void {
  return (line) => {
    const text = /^I: (.*?)\.\.\.$/.exec(line)?.[1];
    if (text !== undefined) progress(text);
  };
}

/** `Step 3/7 : RUN apt-get update …`, cut to a line. */
function buildProgress(progress: (detail: string) => void): (name: ImageName, line: string) => void {
  return (_name, line) => {
    const match = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
    if (match === null) return;
    const [, at, of, what = ""] = match;
    const short = what.replace(/\s+/g, " ");
    progress(`step ${at} of ${of}: ${short.length > 60 ? `${short.slice(0, 59)}…` : short}`);
  };
}

async function memoryOf(host: Host): Promise<{ readonly totalBytes: number; readonly availableBytes: number }> {
  const memory = parseMeminfo(await textReader(host)("/proc/meminfo"));
  return {
    totalBytes: (memory.get("MemTotal") ?? 0) * 1024,
    availableBytes: (memory.get("MemAvailable") ?? 0) * 1024,
  };
}
