import type { NfContainerSpec } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import { NF_APPS } from "../rpc/nf-control/messages.ts";
import type { HostReader } from "./driver.ts";
import { openNf } from "./verify.ts";

/** An NF that is there answers in far less. */
const ANSWER_MS = 2_000;

/**
 * A memif's client whose server has gone does not come back to the one that takes its place, not even where somebody only restarted the container: it has to
 * be made anew. Servers take new clients at any time. NFs that cannot be asked are not under suspicion.
 */
export async function lostServer(host: HostReader, spec: NfContainerSpec | undefined): Promise<Problem | undefined> {
  const clients = spec?.ports.filter(({ role }) => role === "client").map(({ index }) => index) ?? [];
  const app = NF_APPS.find((known) => known === spec?.app);
  if (spec === undefined || app === undefined || clients.length === 0) return undefined;
  try {
    await using control = await openNf(host, { name: spec.nf, controlSocket: spec.controlSocket }, app);
    const { ports } = await control.stats({ timeoutMs: ANSWER_MS });
    const lost = ports.find(({ index, linkUp }) => clients.includes(index) && linkUp === false);
    return lost && { text: `has lost the other end of the memif at port ${lost.index}`, repairable: false };
  } catch {
    return undefined;
  }
}
