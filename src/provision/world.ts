import { dockerClient } from "../host/docker.ts";
import type { Host } from "../host/host.ts";
import type { SurveyRequest } from "../host/survey.ts";
import { readTokenBuckets } from "../host/token-buckets.ts";
import { dockerReader } from "./docker-reader.ts";
import type { World } from "./driver.ts";
import { OvsLinks } from "./ovs-links.ts";

/** Everything through which a host is changed, with its reading half apart. */
export function openWorld(host: Host, signal: AbortSignal): World {
  const docker = dockerClient(host);
  const reader = {
    host: {
      name: host.name,
      read: (path: string) => host.read(path),
      list: (path: string) => host.list(path),
      survey: ({ files = [], names = [] }: SurveyRequest) => host.survey({ files, names }),
      connect: (...args: Parameters<Host["connect"]>) => host.connect(...args),
    },
    docker: dockerReader(docker),
    tokenBuckets: (pid: number) => readTokenBuckets(host, pid),
  };
  return { host, docker, reader, links: new OvsLinks(reader.host), signal };
}
