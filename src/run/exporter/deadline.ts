import { DockerError } from "../../host/docker-error.ts";
import { HostError } from "../../host/host.ts";
import type { HostReader } from "../../provision/driver.ts";
import { RpcError } from "../../rpc/rpc-error.ts";

/** When a scrape must be over. Every wait in it ends by then, so what does not answer costs a scrape its figures and nothing else. */
export interface Deadline {
  /** What is left, at least a millisecond. */
  remainingMs(): number;
}

export function deadlineIn(boundMs: number): Deadline {
  const end = performance.now() + boundMs;
  return { remainingMs: () => Math.max(1, Math.ceil(end - performance.now())) };
}

/** What the promise resolves to; undefined if it does not in time, or if the world refuses. A bug still rejects. */
export async function within<T>(deadline: Deadline, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), deadline.remainingMs());
  });
  const answer = promise.catch((error: unknown) => {
    if (error instanceof HostError || error instanceof DockerError || error instanceof RpcError) return undefined;
    throw error;
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => {}); // it may fail after the race is over
  }
}

/** The host with connections that are given up at the deadline. */
export function boundedHost(host: HostReader, deadline: Deadline): HostReader {
  return {
    name: host.name,
    read: (path) => host.read(path),
    list: (path) => host.list(path),
    survey: (request) => host.survey(request),
    connect: (path) => host.connect(path, { timeoutMs: deadline.remainingMs() }),
  };
}
