import { describe, expect, test } from "vitest";
import { HostError, LOST } from "../../../src/host/host.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { RpcError, type RpcErrorKind } from "../../../src/rpc/rpc-error.ts";
import { type Place, watchPlaces } from "../../../src/run/failure.ts";

const DIRECTORY = "/run/corebed/l/switch";
const LAB = {
  nfs: [{ name: "gen", container: "corebed.l.gen", controlSocket: "/run/corebed/l/gen/control.sock" }],
  switch: { mode: "container", container: "corebed.l.switch", directory: DIRECTORY, bridge: "br0" },
} as unknown as Lab;

interface State {
  readonly Running?: boolean;
  readonly Paused?: boolean;
  readonly OOMKilled?: boolean;
  readonly ExitCode?: number;
}

const RUNS: State = { Running: true };
const KILLED: State = { ExitCode: 137 };

/** As the engine sends them: eight bytes before each (Docker Engine API, "Stream format"). */
function logOf(text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

interface Fake {
  readonly host?: string;
  readonly name?: string;
  /** What the engine says of each container, in turn, the last again and again; without an entry it runs. */
  readonly states?: Readonly<Record<string, readonly (State | Error)[]>>;
  readonly log?: string;
  readonly losses?: () => number;
  readonly lab?: Lab;
}

/** A host with a lab on it and an engine that says so of its containers. */
function place({ host, name = "local", states = {}, log = "", losses, lab = LAB }: Fake) {
  const asked: string[] = [];
  const left = new Map(Object.entries(states).map(([container, all]) => [container, [...all]]));
  const getContainer = (container: string) => ({
    inspect: async () => {
      asked.push(container);
      const all = left.get(container) ?? [];
      const state = (all.length > 1 ? all.shift() : all[0]) ?? RUNS;
      if (state instanceof Error) throw state;
      return { State: { Running: false, Paused: false, OOMKilled: false, ExitCode: 0, ...state } };
    },
    logs: async () => logOf(log),
  });
  const world = {
    docker: { getContainer },
    signal: new AbortController().signal,
    host: { name, ...(losses !== undefined && { losses }) },
  } as unknown as Place["world"];
  return { host, lab, world, asked };
}

function call(kind: RpcErrorKind, peer = "NF gen", method = "stop"): RpcError {
  const detail = kind === "timeout" ? "timed out after 20000 ms" : "the connection is already closed";
  return new RpcError({ kind, method, peer, detail });
}

async function told(error: unknown, ...places: Place[]): Promise<Error> {
  return (await watchPlaces(places)(error)) as Error;
}

/** As dockerode throws it. */
function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), { statusCode });
}

const CLOSED = "NF gen: stop: the connection is already closed";
const TIMED_OUT = "NF gen: stop: timed out after 20000 ms";

describe("what became of an NF's container is told with the call that failed", () => {
  const ways: readonly (readonly [string, State | Error, RpcErrorKind, string])[] = [
    ["killed", KILLED, "closed", `${CLOSED}: its container was killed (SIGKILL)`],
    [
      "out of memory",
      { ExitCode: 137, OOMKilled: true },
      "closed",
      `${CLOSED}: its container ran out of memory: the kernel ended it`,
    ],
    ["ended", { ExitCode: 3 }, "closed", `${CLOSED}: its container exited with code 3; the last it printed:\n  | oh`],
    [
      "crashed",
      { ExitCode: 139 },
      "closed",
      `${CLOSED}: its container exited with code 139 (SIGSEGV); the last it printed:\n  | oh`,
    ],
    ["paused", { Running: true, Paused: true }, "timeout", `${TIMED_OUT}: its container is paused`],
    ["stuck", RUNS, "timeout", `${TIMED_OUT}: its container runs, but the NF does not answer`],
    ["removed", refusal(404, "No such container: corebed.l.gen"), "closed", `${CLOSED}: its container was removed`],
  ];
  test.each(ways)("%s", async (_way, state, kind, message) => {
    const lab = place({ states: { "corebed.l.gen": [state] }, log: "oh\n" });
    const error = await told(call(kind), lab);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ message, kind, peer: "NF gen", method: "stop" });
    expect(new Set(lab.asked)).toEqual(new Set(["corebed.l.gen"]));
  });

  test("also where the engine notices a moment later that it ended", async () => {
    const lab = place({ states: { "corebed.l.gen": [RUNS, RUNS, KILLED] } });
    expect((await told(call("closed"), lab)).message).toBe(`${CLOSED}: its container was killed (SIGKILL)`);
  });

  test("and where it runs all the same", async () => {
    expect((await told(call("closed"), place({}))).message).toBe(`${CLOSED}: its container runs`);
  });
});

describe("a call to the switch is told with the switch's container", () => {
  test.each([
    ["bridge br0", "timeout", RUNS, "the container of the switch runs, but ovs-vswitchd does not answer"],
    [`OVSDB in ${DIRECTORY}`, "timeout", RUNS, "the container of the switch runs, but its database does not answer"],
    [`ovs-vswitchd in ${DIRECTORY}`, "closed", KILLED, "the container of the switch was killed (SIGKILL)"],
    [
      "bridge br0",
      "closed",
      { ExitCode: 1 },
      "the container of the switch exited with code 1; the last it printed:\n  | oh",
    ],
  ] as const)("%s, %s", async (peer, kind, state, words) => {
    const lab = place({ states: { "corebed.l.switch": [state] }, log: "oh" });
    const error = call(kind, peer, "read port statistics");
    expect((await told(error, lab)).message).toBe(`${error.message}: ${words}`);
  });

  test("a socket of its at which nobody listens as well", async () => {
    const lab = place({ states: { "corebed.l.switch": [KILLED] } });
    const error = new HostError("local", `connect to ${DIRECTORY}/db.sock`, "connection refused");
    const got = await told(error, lab);
    expect(got).toBeInstanceOf(HostError);
    expect(got.message).toBe(`${error.message}: the container of the switch was killed (SIGKILL)`);
  });

  test("of several hosts' switches the one that is not well is named with its host", async () => {
    const a = place({ host: "a", name: "ssh://a" });
    const b = place({ host: "b", name: "ssh://b", states: { "corebed.l.switch": [KILLED] } });
    const error = call("closed", "bridge br0");
    expect((await told(error, a, b)).message).toBe(
      `${error.message}: the container of the switch on host b was killed (SIGKILL)`,
    );
    expect(await told(call("timeout", "bridge br0"), a, place({ host: "b" }))).toMatchObject({
      message: "bridge br0: stop: timed out after 20000 ms",
    });
  });
});

describe("an error stands as it is", () => {
  test("that is about no container", async () => {
    const lab = place({ states: { "corebed.l.gen": [KILLED] } });
    for (const error of [
      new Error("a bug"),
      new RpcError({ kind: "remote", method: "start", peer: "NF gen", detail: "no such flow" }),
      new HostError("local", "read /proc/1/stat", "permission denied"),
      call("closed", "NF other"),
    ]) {
      expect(await told(error, lab)).toBe(error);
    }
    expect(lab.asked).toEqual([]);
  });

  test("where the engine refuses to tell", async () => {
    const error = call("closed");
    expect(await told(error, place({ states: { "corebed.l.gen": [refusal(500, "oh")] } }))).toBe(error);
  });

  test("but for a word where there is no engine that could be asked", async () => {
    const gone = new HostError("local", "connect to /var/run/docker.sock", "no such socket");
    expect((await told(call("closed"), place({ states: { "corebed.l.gen": [gone] } }))).message).toBe(
      `${CLOSED}: the Docker engine, which would know why, does not answer`,
    );
  });
});

describe("a lost connection is told from a dead NF by the connection", () => {
  const withoutNfs = { ...LAB, nfs: [] } as Lab;

  test("an NF that died over SSH is told as that", async () => {
    const lab = place({ name: "ssh://rig7", losses: () => 1, states: { "corebed.l.gen": [KILLED] } });
    expect((await told(call("closed"), lab)).message).toBe(`${CLOSED}: its container was killed (SIGKILL)`);
  });

  test("of several hosts the one is named that was lost, which need not be the first", async () => {
    const losses = { a: 0, b: 2 };
    const places = [
      place({ host: "a", name: "ssh://a", losses: () => losses.a, lab: withoutNfs }),
      place({ host: "b", name: "ssh://b", losses: () => losses.b }),
    ];
    const tellWhy = watchPlaces(places);
    losses.b += 1;
    const bug = new Error("a bug");
    expect(await tellWhy(bug)).toBe(bug);
    const error = call("closed");
    expect(await tellWhy(error)).toMatchObject({ host: "ssh://b", reason: LOST, cause: error });
  });

  test("a loss that only the question to the engine shows is one", async () => {
    let losses = 0;
    const lab = place({ name: "ssh://rig7", losses: () => losses });
    const { docker } = lab.world;
    const getContainer = (name: string) => {
      losses += 1;
      return docker.getContainer(name);
    };
    const world = { ...lab.world, docker: { getContainer } } as unknown as Place["world"];
    expect(await told(call("timeout"), { ...lab, world })).toMatchObject({ host: "ssh://rig7", reason: LOST });
    const lost = new HostError("ssh://rig7", "connect to /var/run/docker.sock", LOST);
    const cut = place({ name: "ssh://rig7", losses: () => 0, states: { "corebed.l.gen": [lost] } });
    expect(await told(call("closed"), cut)).toBe(lost);
  });
});
