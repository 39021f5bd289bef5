import { describe, expect, test } from "vitest";
import { EXIT, Exit } from "../../../src/cli/exit.ts";
import { explain } from "../../../src/cli/explain-error.ts";
import { DockerError } from "../../../src/host/docker-error.ts";
import { HostError } from "../../../src/host/host.ts";
import { LockHeldError } from "../../../src/host/lock.ts";
import type { Operation } from "../../../src/plan/plan.ts";
import { PortRefusedError } from "../../../src/provision/bridge-port.ts";
import { ContainerExitedError } from "../../../src/provision/container.ts";
import { ApplyFailedError } from "../../../src/provision/converge.ts";
import { RingPathError } from "../../../src/provision/ring-paths.ts";
import { TimedOutError } from "../../../src/provision/until.ts";
import { AffinityError } from "../../../src/provision/verify.ts";
import { HostsFailedError } from "../../../src/provision/worlds.ts";
import { OpenFlowError } from "../../../src/rpc/openflow/openflow-error.ts";
import { OvsdbError } from "../../../src/rpc/ovsdb/ovsdb-error.ts";
import { RpcError } from "../../../src/rpc/rpc-error.ts";
import { ObstacleError } from "../../../src/run/ground.ts";
import { SetupError } from "../../../src/setup/setup-error.ts";

const PEER = "ovsdb of lab demo";
const OPERATION = { key: "create nf:gen" } as Operation;

describe("the world refused: 69, the message and no stack", () => {
  test.each<readonly [string, Error, string]>([
    ["a host", new HostError("local", "read /x", "no such file"), "local: read /x: no such file"],
    ["Docker", new DockerError("create network n", "pool overlaps"), "docker: create network n: pool overlaps"],
    [
      "a call",
      new RpcError({ kind: "closed", method: "echo", peer: PEER, detail: "it ended" }),
      `${PEER}: echo: it ended`,
    ],
    [
      "OVSDB",
      new OvsdbError({ index: 0, operation: "insert", error: "constraint violation", details: "", peer: PEER }),
      `${PEER} refused operation 0 (insert): constraint violation`,
    ],
    [
      "OpenFlow",
      new OpenFlowError({ request: "add flow in_port=1", peer: "br0", type: 5, code: 1 }),
      "br0 refused to add flow in_port=1: flow mod failed: table full",
    ],
    ["set-up", new SetupError("install docker.io", "no such package"), "install docker.io: no such package"],
    [
      "a lock",
      new LockHeldError("lab demo", "corebed run (process 7)"),
      "lab demo is being changed by corebed run (process 7)",
    ],
    [
      "a container",
      new ContainerExitedError("corebed.demo.gen", { ExitCode: 1 }, "EAL: oh"),
      "container corebed.demo.gen exited with code 1",
    ],
    ["a port", new PortRefusedError("gen-p0", "no memory"), "OVS could not set up port gen-p0: no memory"],
    ["time", new TimedOutError("an answer from NF gen", 5_000), "an answer from NF gen did not happen within 5 s"],
    ["a ring", new RingPathError(["port 0 of gen"]), "rings are not vectorised as they were to be: port 0 of gen"],
    ["a thread", new AffinityError(["gen worker"]), "threads are not on the CPUs of the affinity map: gen worker"],
    [
      "the budget",
      new ObstacleError([{ code: "cpu-held", message: "CPU 1 is held", help: "free it" }]),
      "CPU 1 is held\n  = help: free it",
    ],
    ["hosts", new HostsFailedError([{ host: "a", error: new Error("no container") }]), "host a: no container"],
    [
      "an apply",
      new ApplyFailedError("demo", {
        done: [],
        failed: [{ operation: OPERATION, error: new Error("no image") }],
        skipped: [],
      }),
      "create nf:gen: no image",
    ],
  ])("%s", (_name, error, message) => {
    const explained = explain(error);
    expect(explained.code).toBe(EXIT.unavailable);
    expect(explained.message.startsWith(`error: ${message}`)).toBe(true);
    expect(explained.message).not.toContain("    at ");
  });
});

test("each of several causes is an error of its own", () => {
  const obstacles = [0, 1].map((cpu) => ({
    code: "cpu-held" as const,
    message: `CPU ${cpu} is held`,
    help: "free it",
  }));
  expect(explain(new ObstacleError(obstacles)).message).toBe(
    "error: CPU 0 is held\n  = help: free it\nerror: CPU 1 is held\n  = help: free it",
  );
  const failed = ["gen", "sink"].map((name) => ({
    operation: { key: `create nf:${name}` } as Operation,
    error: new Error("no image"),
  }));
  expect(explain(new ApplyFailedError("demo", { done: [], failed, skipped: [] })).message).toBe(
    "error: create nf:gen: no image\nerror: create nf:sink: no image",
  );
});

describe("interrupted: 130", () => {
  test("an aborted wait says nothing", () => {
    expect(explain(new DOMException("This operation was aborted", "AbortError"))).toEqual({ code: 130, message: "" });
  });

  test("an apply that was cut short says so", () => {
    const outcome = { done: [], failed: [], skipped: [{ operation: OPERATION, because: "interrupted" }] };
    expect(explain(new ApplyFailedError("demo", outcome))).toEqual({
      code: 130,
      message: "lab demo: interrupted before everything was done",
    });
  });
});

describe("an error while something is given back after another one", () => {
  const lost = new HostError("ssh://rig1", "drive a trial", "the connection was lost");
  const refused = new HostError("ssh://rig1", "list /run/corebed", "the connection was lost");

  /** What `await using` throws, here and in code that was compiled for a Node without the class. */
  async function thrown(first: unknown, second: unknown): Promise<unknown> {
    try {
      await using _held = { [Symbol.asyncDispose]: () => Promise.reject(second) };
      throw first;
    } catch (error) {
      return error;
    }
  }
  const compiled = (suppressed: unknown, error: unknown) =>
    Object.assign(new Error(), { name: "SuppressedError", suppressed, error });

  test("is told beside the first, which decides how the command ends", async () => {
    const both = {
      code: EXIT.unavailable,
      message:
        "error: ssh://rig1: drive a trial: the connection was lost\nerror: ssh://rig1: list /run/corebed: the connection was lost",
    };
    expect(explain(await thrown(lost, refused))).toEqual(both);
    expect(explain(compiled(lost, refused))).toEqual(both);
    expect(explain(await thrown(new Exit(EXIT.interrupted), refused))).toMatchObject({ code: EXIT.interrupted });
    expect(explain(await thrown(lost, lost)).message.split("\n")).toHaveLength(1);
  });

  test("is a bug where either of them is one", async () => {
    const bug = new TypeError("x is undefined");
    expect(explain(await thrown(lost, bug)).code).toBe(EXIT.bug);
    expect(explain(await thrown(bug, lost))).toMatchObject({
      code: EXIT.bug,
      message: expect.stringMatching(/TypeError: x is undefined.*\nerror: ssh:\/\/rig1: drive a trial/s),
    });
  });
});

test.each(Object.values(EXIT))("a command that ends itself with %d ends so, with its own words", (code) => {
  expect(explain(new Exit(code, "error: x"))).toEqual({ code, message: "error: x" });
  expect(explain(new Exit(code))).toEqual({ code, message: "" });
});

describe("anything else is a bug: 70, with what to report", () => {
  test("an error with where it came from", () => {
    const { code, message } = explain(new TypeError("x is undefined"));
    expect(code).toBe(70);
    expect(message).toMatch(/^internal error: this is a bug in corebed\. Please report it/);
    expect(message).toContain("TypeError: x is undefined");
    expect(message).toContain("explain-error.test.ts");
  });

  test.each(["text", undefined, null, 7])("even if %j was thrown", (thrown) => {
    expect(explain(thrown)).toMatchObject({ code: 70, message: expect.stringContaining(String(thrown)) });
  });
});

test("the codes are those of the documentation", () => {
  expect(EXIT).toEqual({
    ok: 0,
    failed: 1,
    changes: 2,
    usage: 64,
    badInput: 65,
    unavailable: 69,
    bug: 70,
    busy: 75,
    timeLimit: 124,
    interrupted: 130,
  });
});
