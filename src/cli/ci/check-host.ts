import { readHostFacts } from "../../host/facts.ts";
import { localHost } from "../../host/local-host.ts";
import type { HostFacts } from "../../lab/host-facts.ts";
import { checkHost } from "../../setup/checks.ts";
import { formatChecks } from "../../setup/format-checks.ts";
import { imageReferences } from "../../setup/image-sources.ts";
import { simulatedFacts } from "../../simulate/facts.ts";
import { EXIT, Exit } from "../exit.ts";
import { note } from "../terminal.ts";
import type { Artefacts } from "./artefacts.ts";

const WIDTH = 100;

/** Looks whether this host is ready, changes nothing, and puts what it found into the artefacts; ends the command if it is not. */
export async function checkRunner(simulated: boolean, artefacts: Artefacts): Promise<HostFacts> {
  const facts = simulated ? simulatedFacts() : await readHostFacts(localHost(), await imageReferences());
  const checks = checkHost(facts);
  await artefacts.write("doctor", `${JSON.stringify({ facts, checks, changes: [] }, undefined, 2)}\n`);
  const style = { color: false, width: WIDTH };
  // What a lab holds is a matter of the lab; the plan says so if it is too much.
  const missing = checks.filter(({ state, id }) => state === "missing" && id !== "huge-pages-free");
  const text = formatChecks(missing, style);
  if (missing.length > 0) {
    throw new Exit(
      EXIT.unavailable,
      `error: this host is not ready\n${text}\n  = help: run corebed doctor --fix on the runner once`,
    );
  }
  const doubts = checks.filter(({ state }) => state === "warning");
  note(doubts.length === 0 ? "This host is ready." : `This host is ready, but:\n${formatChecks(doubts, style)}`);
  return facts;
}
