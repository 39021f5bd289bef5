import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { disposeAll } from "../host/dispose-all.ts";
import { readHostFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import type { World } from "../provision/driver.ts";
import { openWorld } from "../provision/world.ts";
import { imageReferences } from "../setup/image-sources.ts";
import { EXIT, Exit } from "./exit.ts";
import { type HostOption, hostSuffix } from "./host-option.ts";
import { openHost } from "./open-host.ts";
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
function untilInterrupted(): AbortSignal {
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
  if (facts.docker.state !== "running")
    throw new Exit(EXIT.unavailable, `error: the Docker engine is ${facts.docker.state}\n  = help: ${fix}`);
  const missing = facts.images.filter((image) => !image.present).map((image) => image.reference);
  if (missing.length > 0) {
    throw new Exit(
      EXIT.unavailable,
      `error: ${missing.length === 1 ? "image" : "images"} ${missing.join(" and ")} not built yet\n  = help: ${fix}, or corebed images build${session.hostSuffix}`,
    );
  }
  return facts;
}

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
function commandName(command: string, { name }: Host): string {
  return `corebed ${command} (process ${process.pid}${name === "local" ? "" : ` on ${hostname()}`})`;
}

/** corebed's own version, from package.json. */
export function corebedVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
