import { disposeAll } from "../host/dispose-all.ts";
import { attempt } from "../host/docker.ts";
import type { HostsFacts } from "../lab/host-facts.ts";
import { lockHost } from "../provision/converge.ts";
import type { Worlds } from "../provision/converge-parts.ts";
import type { HostSpec } from "../topology/topology.ts";
import { EXIT, Exit } from "./exit.ts";
import { explain } from "./explain-error.ts";
import { requireRoot } from "./root.ts";
import { lockLabs, openSession, readyFacts, type Session, untilInterrupted } from "./session.ts";
import { optionOf } from "./where.ts";

/** The hosts of a lab that is on several, each with its session; one signal ends what is under way on all of them. */
export interface Rigs {
  readonly signal: AbortSignal;
  /** In the order of the file. */
  readonly all: readonly Rig[];
  readonly worlds: Worlds;
}

export interface Rig {
  readonly host: HostSpec;
  readonly session: Session;
}

/** Opens the hosts of a lab; nothing is asked of them yet. */
export async function openRigs(hosts: readonly HostSpec[], signal: AbortSignal = untilInterrupted()): Promise<Rigs> {
  for (const host of hosts) await requireRoot(optionOf(host));
  const all = hosts.map((host) => ({ host, session: openSession(optionOf(host), signal) }));
  return { signal, all, worlds: new Map(all.map(({ host, session }) => [host.name, session.world])) };
}

/** What the hosts are, with all that keeps any of them from running labs told at once. */
export async function readyRigs({ all }: Rigs, how?: "quick"): Promise<HostsFacts> {
  const facts = await fromAll(all, ({ session }) => readyFacts(session, how));
  await refuseSameEngine(all);
  return facts;
}

/** The same of hosts that need not be ready. */
export async function rigFacts({ all }: Rigs): Promise<HostsFacts> {
  return fromAll(all, ({ session }) => session.readFacts("quick"));
}

/** Asks all hosts at the same time; what fails is told of each. */
async function fromAll<T>(all: readonly Rig[], ask: (rig: Rig) => Promise<T>): Promise<ReadonlyMap<string, T>> {
  const answers = await Promise.allSettled(all.map(ask));
  const failed = answers.flatMap((answer, index) =>
    answer.status === "rejected" ? [{ host: all[index]?.host.name, reason: answer.reason as unknown }] : [],
  );
  if (failed.length > 0) {
    const told = failed.map(({ host, reason }) => ({ host, reason, ...explain(reason) }));
    const worst = told.find(({ code }) => code === EXIT.bug || code === EXIT.interrupted);
    if (worst !== undefined) throw worst.reason;
    const texts = told.map(({ host, message }) => message.replace(/^error: /, `error: host ${host}: `));
    throw new Exit(told[0]?.code ?? EXIT.unavailable, texts.join("\n"));
  }
  return new Map(
    answers.flatMap((answer, index) =>
      answer.status === "fulfilled" ? [[all[index]?.host.name ?? "", answer.value] as const] : [],
    ),
  );
}

/** Two addresses of one machine: each part of the lab would take the other's things for what the file no longer has. */
async function refuseSameEngine(all: readonly Rig[]): Promise<void> {
  const ids = await fromAll(all, async ({ session }) => {
    const { ID } = await attempt("ask for its state", session.world.docker.info() as Promise<{ readonly ID?: string }>);
    return ID;
  });
  const seen = new Map<string, string>();
  for (const [host, id] of ids) {
    if (id === undefined || id === "") continue;
    const earlier = seen.get(id);
    seen.set(id, host);
    if (earlier === undefined) continue;
    throw new Exit(
      EXIT.badInput,
      `error: hosts ${earlier} and ${host} are the same machine: one Docker engine answers at both addresses\n  = help: a lab has one part on each machine: give all its CPUs under one name`,
    );
  }
}

/** Keeps other commands off these labs, on every host. Commands that want the same hosts take them in the same order, so that none waits for another in a circle. */
export async function lockRigs({ all }: Rigs, labs: readonly string[], command: string): Promise<AsyncDisposable> {
  return takenInOrder(all, ({ session }) => lockLabs(session.world.host, labs, command));
}

/** Keeps other labs from coming up on any of the hosts. */
export async function lockRigHosts({ all }: Rigs, lab: string): Promise<AsyncDisposable> {
  return takenInOrder(all, ({ session }) => lockHost(session.world.host, lab));
}

async function takenInOrder(
  all: readonly Rig[],
  take: (rig: Rig) => Promise<AsyncDisposable>,
): Promise<AsyncDisposable> {
  const held: AsyncDisposable[] = [];
  const release = disposeAll(held);
  try {
    for (const rig of all.toSorted(byAddress)) held.push(await take(rig));
    return release;
  } catch (error) {
    await release[Symbol.asyncDispose]();
    throw error;
  }
}

function byAddress(a: Rig, b: Rig): number {
  return a.host.address < b.host.address ? -1 : 1;
}
