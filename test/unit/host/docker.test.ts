import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Duplex, PassThrough, Readable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { attempt, dockerClient, dockerSocket } from "../../../src/host/docker.ts";
import { DockerError, isDockerLost } from "../../../src/host/docker-error.ts";
import { readDockerFacts } from "../../../src/host/docker-facts.ts";
import { engineMessages } from "../../../src/host/docker-messages.ts";
import { HostError } from "../../../src/host/host.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";
import { FakeHost, fakeEngine } from "../setup/fake-host.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function hostWithEngine(handle: Parameters<typeof fakeEngine>[0]): Promise<FakeHost> {
  const engine = await fakeEngine(handle);
  closers.push(engine.close);
  const host = new FakeHost();
  host.engineSocket = engine.socket;
  return host;
}

async function failure(promise: Promise<unknown>): Promise<DockerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DockerError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

describe("socket", () => {
  test.each([
    [undefined, "/var/run/docker.sock"],
    ["unix:///run/user/1000/docker.sock", "/run/user/1000/docker.sock"],
    ["tcp://10.0.0.1:2375", "/var/run/docker.sock"],
    ["ssh://user@machine", "/var/run/docker.sock"],
    ["unix://", "/var/run/docker.sock"],
  ])("DOCKER_HOST=%s", (dockerHost, socket) => {
    expect(dockerSocket(dockerHost)).toBe(socket);
  });
});

test("a connection is kept for the next call, and made anew where the engine has ended it", async () => {
  const host = await hostWithEngine(() => ({ json: {} }));
  let connections = 0;
  const connect = host.connect.bind(host);
  let newest: Duplex | undefined;
  host.connect = async (path) => {
    connections += 1;
    newest = await connect(path);
    return newest;
  };
  for (let i = 0; i < 3; i += 1) await dockerClient(host).version();
  expect(connections).toBe(1);
  const ended = once(newest as unknown as Duplex, "close");
  await closers.splice(0)[0]?.();
  await ended;
  const engine = await fakeEngine(() => ({ json: {} }));
  closers.push(engine.close);
  host.engineSocket = engine.socket;
  await dockerClient(host).version();
  expect(connections).toBe(2);
});

test("a connection over SSH, which is no socket, gathers no listeners from one call to the next", async () => {
  const host = await hostWithEngine(() => ({ json: {} }));
  const opened: Duplex[] = [];
  const open = host.connect.bind(host);
  host.connect = async (path) => {
    const socket = await open(path);
    const stream = Duplex.from({ readable: socket, writable: socket });
    closers.unshift(async () => void stream.destroy());
    opened.push(stream);
    return stream;
  };
  const listeners = () => opened.map((stream) => stream.eventNames().map((name) => stream.listenerCount(name)));
  await dockerClient(host).version();
  const first = listeners();
  for (let i = 0; i < 15; i += 1) await dockerClient(host).version();
  expect(listeners()).toEqual(first);
  expect(first).toHaveLength(1);
});

describe("errors", () => {
  test("the engine's words, its status, and what helps", async () => {
    const host = await hostWithEngine(() => ({ status: 404, json: { message: "No such image: corebed/nf:123" } }));
    const error = await failure(
      attempt("create container nf-gen", () => dockerClient(host).createContainer({ Image: "corebed/nf:123" })),
    );
    expect(error.statusCode).toBe(404);
    expect(error.message).toBe(
      "docker: create container nf-gen: No such image: corebed/nf:123 (`corebed images build` makes it)",
    );
  });

  test("a conflict", async () => {
    const message = 'Conflict. The container name "/a" is already in use by container "f00"';
    const host = await hostWithEngine(() => ({ status: 409, json: { message } }));
    const error = await failure(attempt("create container a", () => dockerClient(host).createContainer({ name: "a" })));
    expect([error.statusCode, error.reason]).toEqual([409, message]);
    expect(error.hint).toBe("another container has that name: remove it, or give the lab another name");
  });

  test("no engine", async () => {
    const error = await failure(attempt("ping", () => dockerClient(new FakeHost()).ping()));
    expect(error.message).toContain("docker: ping: the engine does not answer: no such socket");
    expect(error.cause).toBeInstanceOf(HostError);
  });

  test("an engine that ends the connection instead of answering", async () => {
    const server = createServer((socket) => socket.on("data", () => socket.destroy()));
    closers.push(async () => void server.close());
    const host = new FakeHost();
    host.engineSocket = join(temporaryDirectory("engine"), "docker.sock");
    await once(server.listen(host.engineSocket), "listening");
    const error = await failure(attempt("list containers", () => dockerClient(host).listContainers()));
    expect(error.message).toBe("docker: list containers: the connection was lost");
    expect(isDockerLost(error)).toBe(true);
  });

  test("a call that does not end is given up and aborted", async () => {
    let ended = false;
    const never = (signal: AbortSignal) =>
      new Promise<void>(() => {
        signal.addEventListener("abort", () => {
          ended = true;
        });
      });
    const error = await failure(attempt("wait", never, { timeoutMs: 20 }));
    expect(error.reason).toBe("no answer within 0.02 s");
    expect(ended).toBe(true);
  });

  test("the caller's signal", async () => {
    const error = await failure(attempt("wait", new Promise(() => {}), { signal: AbortSignal.abort() }));
    expect(error.reason).toBe("aborted");
  });
});

describe("messages of a long call", () => {
  const read = async (stream: NodeJS.ReadableStream) => {
    const messages = [];
    for await (const message of engineMessages("pull x", stream)) messages.push(message.status);
    return messages;
  };

  test("one by one", async () => {
    expect(await read(Readable.from(['{"status":"a"}\r\n{"sta', 'tus":"b"}\r\n']))).toEqual(["a", "b"]);
  });

  test("the engine's error ends them", async () => {
    const error = await failure(read(Readable.from(['{"error":"no space left"}\n'])));
    expect(error.message).toBe("docker: pull x: no space left");
  });

  test("a stream that breaks off is no success", async () => {
    const stream = new PassThrough();
    stream.write('{"status":"a"}\n');
    setImmediate(() => stream.destroy(new Error("aborted")));
    expect((await failure(read(stream))).reason).toBe("aborted");
  });
});

describe("is there an engine?", () => {
  test("running", async () => {
    const host = await hostWithEngine(() => ({ json: { Version: "20.10.24+dfsg1", ApiVersion: "1.41" } }));
    expect(await readDockerFacts(host)).toEqual({
      state: "running",
      version: "20.10.24+dfsg1",
      apiVersion: "1.41",
      swarm: { state: "inactive", manager: false, ours: false },
    });
  });

  test.each([
    ["systemd", "systemd"],
    ["none", undefined],
  ])("whose control groups are made by: %s", async (told, known) => {
    const host = await hostWithEngine(() => ({ json: { Version: "28.2.2", ApiVersion: "1.50", CgroupDriver: told } }));
    expect((await readDockerFacts(host)).cgroupDriver).toBe(known);
  });

  test("stopped: dockerd is there and the socket is not", async () => {
    const host = new FakeHost({}, ([program]) => (program === "dockerd" ? {} : undefined));
    expect((await readDockerFacts(host)).state).toBe("stopped");
  });

  test("silent: it takes connections and does not answer", async () => {
    const server = createServer(() => {});
    const socket = join(await mkdtemp(join(tmpdir(), "corebed-silent-")), "docker.sock");
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    closers.push(() => rm(dirname(socket), { recursive: true }));
    const host = new FakeHost();
    host.engineSocket = socket;
    expect((await readDockerFacts(host, 200)).state).toBe("silent");
  });

  test("missing: a docker command alone is no engine", async () => {
    const host = new FakeHost({}, ([program]) => (program === "docker" ? {} : undefined));
    expect((await readDockerFacts(host)).state).toBe("missing");
  });

  test("not open to this user", async () => {
    const host = new FakeHost();
    host.connect = async (path) => {
      throw new HostError("local", `connect to ${path}`, "permission denied");
    };
    expect(await readDockerFacts(host)).toEqual({ state: "running", version: undefined, apiVersion: undefined });
  });
});
