import { DockerError } from "../host/docker-error.ts";
import { HostError } from "../host/host.ts";
import { LockHeldError } from "../host/lock.ts";
import { PortRefusedError } from "../provision/bridge-port.ts";
import { ContainerExitedError } from "../provision/container.ts";
import { ApplyFailedError } from "../provision/converge.ts";
import { PartsFailedError } from "../provision/converge-parts.ts";
import { isInterruption } from "../provision/interruption.ts";
import { NicBindingError } from "../provision/nic-binding.ts";
import { OverlayError } from "../provision/overlay-peers.ts";
import { UnreadableMarkError } from "../provision/readable-spec.ts";
import { RingPathError } from "../provision/ring-paths.ts";
import { TunnelError } from "../provision/tunnel-peers.ts";
import { TimedOutError } from "../provision/until.ts";
import { AffinityError } from "../provision/verify.ts";
import { HostsFailedError } from "../provision/worlds.ts";
import { OpenFlowError } from "../rpc/openflow/openflow-error.ts";
import { OvsdbError } from "../rpc/ovsdb/ovsdb-error.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import { ObstacleError } from "../run/ground.ts";
import { SetupError } from "../setup/setup-error.ts";
import { EXIT, Exit, type ExitCode } from "./exit.ts";

/** The world refused: nothing wrong with the file or with corebed. */
const WORLD_ERRORS = [
  HostError,
  DockerError,
  RpcError,
  OvsdbError,
  OpenFlowError,
  SetupError,
  LockHeldError,
  ContainerExitedError,
  PortRefusedError,
  ApplyFailedError,
  PartsFailedError,
  HostsFailedError,
  TimedOutError,
  AffinityError,
  RingPathError,
  ObstacleError,
  UnreadableMarkError,
  NicBindingError,
  OverlayError,
  TunnelError,
];

interface Explained {
  readonly code: ExitCode;
  readonly message: string;
}

/** The exit code for an error and what to say about it; a stack trace only for what is a bug. */
export function explain(error: unknown): Explained {
  if (isSuppressed(error)) return explainBoth(explain(error.suppressed), explain(error.error));
  if (error instanceof Exit) return { code: error.code, message: error.message };
  if (isInterruption(error)) return { code: EXIT.interrupted, message: "" };
  if (error instanceof ApplyFailedError && error.outcome.failed.length === 0) {
    return { code: EXIT.interrupted, message: error.message };
  }
  if (WORLD_ERRORS.some((kind) => error instanceof kind)) {
    return { code: EXIT.unavailable, message: `error: ${(error as Error).message}` };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: EXIT.bug,
    message: `internal error: this is a bug in corebed. Please report it with the lines below and the command that you ran.\n${detail}`,
  };
}

/** What `using` throws where giving something back fails after another error. By its name, for Node 22 has no such class and compiled code makes its own. */
interface Suppressed extends Error {
  readonly suppressed: unknown;
  readonly error: unknown;
}

function isSuppressed(error: unknown): error is Suppressed {
  return error instanceof Error && error.name === "SuppressedError";
}

/** The first error is why the command ended, unless the second is a bug. */
function explainBoth(first: Explained, second: Explained): Explained {
  const messages = new Set([first.message, second.message].filter((message) => message !== ""));
  return { code: second.code === EXIT.bug ? EXIT.bug : first.code, message: [...messages].join("\n") };
}
