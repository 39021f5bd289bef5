import { DockerError } from "../host/docker-error.ts";

/** Docker says that there is no such thing: for a removal that is as good as done. */
export function isNotFound(error: unknown): boolean {
  return error instanceof DockerError && error.statusCode === 404;
}

/**
 * Docker cannot remove the container at this moment, but will: somebody else has asked for it, a corebed that was killed say, or its process was killed and is not
 * gone yet, as on a loaded machine.
 */
export function isOnItsWayOut(error: unknown): boolean {
  if (!(error instanceof DockerError)) return false;
  return /removal of container .* is already in progress|is zombie and can not be killed/i.test(error.reason);
}
