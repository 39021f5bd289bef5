import type { HostFacts, KnownFacts } from "../../lab/host-facts.ts";
import { checkHost } from "../../setup/checks.ts";
import { formatChecks } from "../../setup/format-checks.ts";
import { simulatedFacts } from "../../simulate/facts.ts";
import { EXIT, Exit } from "../exit.ts";
import { type HostOption, hostSuffix, thisHost } from "../host-option.ts";
import { openSession, withImages } from "../session.ts";
import { note } from "../terminal.ts";
import type { Artefacts } from "./artefacts.ts";
import type { Machine } from "./place.ts";

const WIDTH = 100;

/** Looks whether the hosts are ready, changes nothing, and puts what it found into the artefacts; ends the command if one is not. */
export async function checkRunners(
  machines: readonly Machine[],
  artefacts: Artefacts,
  signal: AbortSignal,
): Promise<KnownFacts> {
  const all = await Promise.all(
    machines.map(async ({ name, option }) => ({ name, option, facts: await factsWithImages(option, signal) })),
  );
  const told = all.map(({ name, facts }) => ({
    ...(name !== undefined && { host: name }),
    facts,
    checks: checkHost(facts),
    changes: [],
  }));
  const [first] = told;
  if (first === undefined) {
    const facts = simulatedFacts();
    await artefacts.write(
      "doctor",
      `${JSON.stringify({ facts, checks: checkHost(facts), changes: [] }, undefined, 2)}\n`,
    );
    tell(facts, {});
    return facts;
  }
  await artefacts.write(
    "doctor",
    `${JSON.stringify(first.host === undefined ? first : { hosts: told }, undefined, 2)}\n`,
  );
  for (const { facts, option } of all) tell(facts, option);
  if (first.host === undefined) return first.facts;
  return new Map(all.map(({ name = "", facts }) => [name, facts]));
}

function tell(facts: HostFacts, options: HostOption): void {
  const checks = checkHost(facts);
  const style = { color: false, width: WIDTH };
  // What a lab holds is a matter of the lab; the plan says so if it is too much.
  const missing = checks.filter(({ state, id }) => state === "missing" && id !== "huge-pages-free");
  const text = formatChecks(missing, style);
  if (missing.length > 0) {
    throw new Exit(
      EXIT.unavailable,
      `error: ${thisHost(options)} is not ready\n${text}\n  = help: run corebed doctor --fix${hostSuffix(options) || " on the runner"} once`,
    );
  }
  const name = options.host === undefined ? "This host" : thisHost(options);
  const doubts = checks.filter(({ state }) => state === "warning");
  note(doubts.length === 0 ? `${name} is ready.` : `${name} is ready, but:\n${formatChecks(doubts, style)}`);
}

async function factsWithImages(options: HostOption, signal: AbortSignal): Promise<HostFacts> {
  const session = openSession(options, signal);
  const facts = await session.readFacts();
  return facts.docker.state === "running" ? await withImages(session, facts) : facts;
}
