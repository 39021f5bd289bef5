import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { disposeAll } from "../host/dispose-all.ts";
import { readHostFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import type { World } from "../provision/driver.ts";
import { openWorld } from "../provision/world.ts";
import { sendImages } from "../setup/fix.ts";
import { imageReferences } from "../setup/image-sources.ts";
import { EXIT, Exit } from "./exit.ts";
import { type HostOption, hostSuffix } from "./host-option.ts";
import { openHost } from "./open-host.ts";
import { showStep } from "./show-step.ts";
import { note } from "./terminal.ts";

/** What most commands work with: the host, and a signal that Ctrl-C sets off. */
export interface Session {
  readonly world: World;
  /** For commands that are recommended: the `--host` that was given, with a blank before it. */
  readonly hostSuffix: string;
  /** `quick` leaves out what takes a moment to sample and decides nothing. */
  readonly readFacts: (how?: "quick") => Promise<HostFacts>;
}

/** Opens the host that the options name; what is under way on it comes to an orderly end when the signal is set off. */
export function openSession(options: HostOption = {}, signal: AbortSignal = untilInterrupted()): Session {
  const host = openHost(options);
  return {
    hostSuffix: hostSuffix(options),
    world: openWorld(host, signal),
    readFacts: async (how) => readHostFacts(host, await imageReferences(), { sampleSteal: how !== "quick" }),
  };
}

/** Set off by the first Ctrl-C (or SIGTERM), which asks everything to come to an orderly end; the second ends corebed at once. */
export function untilInterrupted(): AbortSignal {
  const abort = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (abort.signal.aborted) process.exit(EXIT.interrupted);
    note(`\n${signal}: stopping what is under way; once more to end at once`);
    abort.abort(new Exit(EXIT.interrupted));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return abort.signal;
}

/** Facts with the sentence about what is missing, for commands that need a working engine. */
export async function readyFacts(session: Session, how?: "quick"): Promise<HostFacts> {
  const facts = await session.readFacts(how);
  const fix = `run corebed doctor --fix${session.hostSuffix} to make ${session.hostSuffix === "" ? "this host" : "it"} ready`;
  if (facts.docker.state === "silent") throw new Exit(EXIT.unavailable, SILENT_ENGINE);
  if (facts.docker.state !== "running")
    throw new Exit(EXIT.unavailable, `error: the Docker engine is ${facts.docker.state}\n  = help: ${fix}`);
  const ready = await withImages(session, facts);
  const missing = ready.images.filter((image) => !image.present).map((image) => image.reference);
  if (missing.length > 0) {
    throw new Exit(
      EXIT.unavailable,
      `error: ${missing.length === 1 ? "image" : "images"} ${missing.join(" and ")} not built yet\n  = help: ${fix}, or corebed images build${session.hostSuffix}`,
    );
  }
  return ready;
}

/** Sends images to another machine that lacks them, where this one has them; gives the facts as they are then. */
export async function withImages({ world }: Session, facts: HostFacts): Promise<HostFacts> {
  const absent = facts.images.filter((image) => !image.present);
  if (absent.length === 0) return facts;
  const sent = await sendImages(world.host, absent, showStep, world);
  const images = facts.images.map((image) => ({ ...image, present: image.present || sent.includes(image.reference) }));
  return { ...facts, images };
}

/** Both at once, since neither needs the other: the facts of `readyFacts`, and the lock of a lab. */
export async function readyAndLocked(
  session: Session,
  lab: string,
  command: string,
): Promise<{ readonly facts: HostFacts; readonly lock: AsyncDisposable }> {
  const [facts, lock] = await Promise.allSettled([
    readyFacts(session, "quick"),
    lockLabs(session.world.host, [lab], command),
  ]);
  if (facts.status === "rejected" || lock.status === "rejected") {
    if (lock.status === "fulfilled") await lock.value[Symbol.asyncDispose]();
    throw facts.status === "rejected" ? facts.reason : (lock as PromiseRejectedResult).reason;
  }
  return { facts: facts.value, lock: lock.value };
}

/** Starting it would not help: it runs, and hangs or has too much to do. */
export const SILENT_ENGINE =
  "error: the Docker engine runs and does not answer\n  = help: wait until the machine is less busy and try again; if it stays so, start the engine again";

/** Keeps two commands from changing the same lab at the same time. */
export async function lockLabs(host: Host, names: readonly string[], command: string): Promise<AsyncDisposable> {
  const locks: AsyncDisposable[] = [];
  const all = disposeAll(locks);
  try {
    for (const name of names) locks.push(await host.lock(`lab ${name}`, commandName(command, host)));
    return all;
  } catch (error) {
    await all[Symbol.asyncDispose]();
    throw error;
  }
}

/** Who holds a lock, for those who find it taken. */
export function commandName(command: string, { name }: Host): string {
  return `corebed ${command} (process ${process.pid}${name === "local" ? "" : ` on ${hostname()}`})`;
}

/** corebed's own version, from package.json. */
export function corebedVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
