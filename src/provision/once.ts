import type { DockerReader, Reader } from "./driver.ts";

/** The same reader for one look at a host: what several observers ask for is asked for once. */
export function askedOnce(reader: Reader): Reader {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = (answers.get(key) as Promise<T> | undefined) ?? ask();
    answers.set(key, known);
    return known;
  };
  const { host, docker } = reader;
  const dockerOnce: DockerReader = {
    containers: (label) => once(`containers ${label}`, () => docker.containers(label)),
    inspect: (container) => once(`inspect ${container}`, () => docker.inspect(container)),
    networks: (label) => once(`networks ${label}`, () => docker.networks(label)),
    engine: () => once("engine", () => docker.engine()),
    swarm: () => once("swarm", () => docker.swarm()),
  };
  return {
    ...reader,
    host: { ...host, list: (path) => once(`list ${path}`, () => host.list(path)) },
    docker: dockerOnce,
  };
}
