import { HostError, NO_SOCKET } from "../host/host.ts";
import type { NfContainerSpec } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import { NF_APPS } from "../rpc/nf-control/messages.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { HostReader } from "./driver.ts";
import { openNf } from "./verify.ts";

/** An NF answers from a thread of its own, in microseconds; one that had no CPU for so long is of no use either. */
const ANSWER_MS = 10_000;

/**
 * What is wrong with an NF whose container runs and that nobody can talk to: its process is stuck, or nobody listens on its control socket any more. No trial could
 * be driven on it, so it is made anew.
 */
export async function silentNf(
  host: HostReader,
  spec: Pick<NfContainerSpec, "nf" | "app" | "controlSocket"> | undefined,
  timeoutMs: number = ANSWER_MS,
): Promise<Problem | undefined> {
  const app = NF_APPS.find((known) => known === spec?.app);
  if (spec?.controlSocket === undefined || app === undefined) return undefined;
  try {
    await using control = await openNf(host, { name: spec.nf, controlSocket: spec.controlSocket }, app);
    await control.info({ timeoutMs });
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError || error instanceof RpcError)) throw error;
    return isSilence(error) ? { text: "does not answer", repairable: false } : undefined;
  }
}

/** Without a socket it is still on its way up; and what an NF answered is for those to judge who need it. */
function isSilence(error: HostError | RpcError): boolean {
  if (error instanceof HostError) return error.reason !== NO_SOCKET;
  return error.kind === "timeout" || error.kind === "closed";
}
