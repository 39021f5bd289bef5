import { DockerError } from "../host/docker-error.ts";

/** Docker says that there is no such thing: for a removal that is as good as done. */
export function isNotFound(error: unknown): boolean {
  return error instanceof DockerError && error.statusCode === 404;
}
