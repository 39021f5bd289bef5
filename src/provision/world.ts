import { dockerClient } from "../host/docker.ts";
import type { Host } from "../host/host.ts";
import { readTokenBuckets } from "../host/token-buckets.ts";
import { dockerReader } from "./docker-reader.ts";
import type { World } from "./driver.ts";

/** Everything through which a host is changed, with its reading half apart. */
export function openWorld(host: Host, signal: AbortSignal): World {
  const docker = dockerClient(host);
  const reader = {
    host: {
      name: host.name,
      read: (path: string) => host.read(path),
      list: (path: string) => host.list(path),
      connect: (...args: Parameters<Host["connect"]>) => host.connect(...args),
    },
    docker: dockerReader(docker),
    tokenBuckets: (pid: number) => readTokenBuckets(host, pid),
  };
  return { host, docker, reader, signal };
}
