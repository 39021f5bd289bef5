import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageReferences } from "../../src/setup/image-sources.ts";
import { command } from "./support/command.ts";
import { eventually } from "./support/eventually.ts";
import { NfSocket } from "./support/nf-socket.ts";
import { takeTurn } from "./support/turn.ts";

/** An NF in a container of its own, without a switch or a lab: its port leads nowhere. */
const NAME = `corebed.it-nf.alone-${process.pid}`;
const START = {
  frames: [{ bytes: 64, weight: 1 }],
  flows: { count: 16 },
  ratePps: 0,
  burst: 32,
  dstMac: "02:42:c6:12:00:03",
  srcIp: "198.18.0.2",
  dstIp: "198.18.0.3",
};

let turn: AsyncDisposable | undefined;
let directory = "";
let path = "";

beforeAll(async () => {
  turn = await takeTurn();
  directory = await mkdtemp(join(tmpdir(), "corebed-it-nf-"));
  path = join(directory, "ctl.sock");
  const image = (await imageReferences()).find(({ name }) => name === "nf")?.reference ?? "";
  const confined = [
    "--network",
    "none",
    "--cpuset-cpus",
    "0,1",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
  ];
  const caps = ["--cap-add", "IPC_LOCK", "--cap-add", "SYS_NICE"];
  const arguments_ = ["pktgen", "--cpu", "1", "--main-cpu", "0", "--control", path, "--port", "driver=null"];
  await command(
    "docker",
    "run",
    "--detach",
    "--name",
    NAME,
    ...confined,
    ...caps,
    "--volume",
    `${directory}:${directory}`,
    image,
    ...arguments_,
  );
  const socket = await eventually(() => NfSocket.open(path).catch(() => undefined), { what: "the NF listens" });
  socket[Symbol.dispose]();
});

afterAll(async () => {
  await command("docker", "rm", "--force", NAME).catch(() => {});
  await rm(directory, { recursive: true, force: true });
  await turn?.[Symbol.asyncDispose]();
});

describe("the control socket takes anything", () => {
  const MALFORMED: readonly (readonly [string, string | Uint8Array])[] = [
    ["no JSON", "hello\n"],
    ["a half-open string", '{"id":1,"method":"info\u0000"}'],
    ["a closing brace too many", "}"],
    ["an array", "[1,2,3]"],
    ["a number", "12345 "],
    ["nesting without end", "[".repeat(5_000)],
    ["nested objects", '{"a":'.repeat(1_000)],
    ["bytes that are no text", new Uint8Array(Array.from({ length: 1_000 }, (_, i) => 128 + (i % 128)))],
    ["a request without end", `{"id":1,"method":"info","params":[{"x":"${"a".repeat(200_000)}`],
  ];

  test.each(MALFORMED)("%s: an error once, then it hangs up; others are served", async (_, text) => {
    using bystander = await NfSocket.open(path);
    {
      using socket = await NfSocket.open(path);
      socket.write(text);
      const answer = await socket.next();
      // A peer that hangs up while we still write may take the answer with it.
      if (answer !== undefined) expect(answer).toMatchObject({ id: null, result: null, error: expect.any(String) });
      expect(await socket.next()).toBeUndefined();
    }
    expect(await bystander.call("info")).toMatchObject({ result: { app: "pktgen" }, error: null });
  });

  test.each([
    ["an unknown method", "reboot", {}],
    ["start without parameters", "start", {}],
    ["a trial beyond 16 bits", "start", { ...START, trial: 65_536 }],
    ["a trial that is text", "start", { ...START, trial: "1" }],
    ["a frame of no length", "start", { ...START, trial: 1, frames: [{ bytes: 0 }] }],
    ["a frame beyond the MTU", "start", { ...START, trial: 1, frames: [{ bytes: 9_000 }] }],
    ["a negative rate", "start", { ...START, trial: 1, ratePps: -1 }],
    ["no flow", "start", { ...START, trial: 1, flows: { count: 0 } }],
    ["too many flows", "start", { ...START, trial: 1, flows: { count: 1e9 } }],
    ["no burst", "start", { ...START, trial: 1, burst: 0 }],
    ["a MAC that is none", "start", { ...START, trial: 1, dstMac: "02:42" }],
    ["an address that is none", "start", { ...START, trial: 1, srcIp: "198.18.0.256" }],
    ["a method of 10,000 letters", "x".repeat(10_000), {}],
  ])("%s: an error, and the next request is answered", async (_, method, params) => {
    using socket = await NfSocket.open(path);
    const refused = await socket.call(method, params);
    expect(refused.result).toBeNull();
    expect(refused.error).toMatch(/\w/);
    expect(await socket.call("stats")).toMatchObject({ result: { running: false }, error: null });
  });

  test("requests in pieces, and many at once, are answered in their order", async () => {
    using socket = await NfSocket.open(path);
    const request = JSON.stringify({ id: 7, method: "info", params: [] });
    for (const character of request) socket.write(character);
    expect(await socket.next()).toMatchObject({ id: 7, error: null });
    const ids = Array.from({ length: 200 }, (_, id) => id);
    socket.write(ids.map((id) => JSON.stringify({ id, method: "stats", params: [{}] })).join(""));
    for (const id of ids) expect((await socket.next())?.id).toBe(id);
  });

  test("sixteen clients are served at once; a seventeenth is turned away and the rest go on", async () => {
    using stack = new DisposableStack();
    const clients = await Promise.all(Array.from({ length: 16 }, () => NfSocket.open(path)));
    for (const client of clients) stack.use(client);
    for (const client of clients) expect((await client.call("info")).error).toBeNull();
    const late = stack.use(await NfSocket.open(path));
    expect(await late.next()).toBeUndefined();
    for (const client of clients) expect((await client.call("stats")).error).toBeNull();
  });

  test("clients that come and go without reading, while packets are sent", async () => {
    using steady = await NfSocket.open(path);
    await steady.call("start", { trial: 3, ...START, ratePps: 100_000 });
    for (let round = 0; round < 100; round += 1) {
      // The queue of those who wait to be let in is short; who finds it full comes again.
      const client = await eventually(() => NfSocket.open(path).catch(() => undefined), { what: "the NF lets us in" });
      client.write(JSON.stringify({ id: round, method: "stats", params: [{}] }).repeat(20));
      client[Symbol.dispose]();
    }
    expect(await steady.call("stats")).toMatchObject({ result: { running: true, trial: 3 }, error: null });
    await steady.call("stop");
  });

  test("after all that it is the same process, and ends on SIGTERM with its socket gone", async () => {
    expect(await command("docker", "inspect", "--format", "{{.State.Running}} {{.RestartCount}}", NAME)).toBe("true 0");
    await command("docker", "stop", "--time", "5", NAME);
    expect(await command("docker", "inspect", "--format", "{{.State.ExitCode}}", NAME)).toBe("0");
    await expect(NfSocket.open(path)).rejects.toThrow(/ENOENT/);
  });
});
