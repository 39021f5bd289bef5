import { DockerError } from "../host/docker-error.ts";
import { HostError } from "../host/host.ts";
import { RpcError } from "../rpc/rpc-error.ts";

/** Whether an error is only how a call ends that was cut short: each seam has its own, and a bare wait throws the signal's reason. */
export function isInterruption(error: unknown, signal?: AbortSignal): boolean {
  if (signal?.aborted && error === signal.reason) return true;
  if (error instanceof RpcError) return error.kind === "aborted";
  if (error instanceof HostError || error instanceof DockerError) return error.reason === "aborted";
  return error instanceof Error && error.name === "AbortError";
}
