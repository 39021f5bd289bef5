import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { attempt, dockerClient } from "../../../src/host/docker.ts";
import { DockerError } from "../../../src/host/docker-error.ts";
import { readHostFacts } from "../../../src/host/facts.ts";
import { localHost } from "../../../src/host/local-host.ts";
import { Apt } from "../../../src/setup/apt.ts";
import { ensureBaseImage } from "../../../src/setup/base-image.ts";
import { buildImage } from "../../../src/setup/build-image.ts";
import { makeReady } from "../../../src/setup/fix.ts";
import { imageReferences } from "../../../src/setup/image-sources.ts";

const host = localHost();
const docker = dockerClient(host);
/** Nothing else on the machine has this name. */
const unique = `corebed-test-${process.pid}`;
const label = { "corebed.test": unique };
const file = (path: string, content: string, executable = false) => ({
  path,
  executable,
  content: Buffer.from(content),
});
const filters = { label: [`corebed.test=${unique}`] };

afterAll(async () => {
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true });
  for (const { Id } of await docker.listImages({ filters })) await docker.getImage(Id).remove({ force: true });
});

async function failure(promise: Promise<unknown>): Promise<DockerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DockerError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

test("the facts agree with what the machine's own tools say", async () => {
  const facts = await readHostFacts(host, await imageReferences());
  const tool = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" }).trim();
  expect(facts.cpus.usable.length).toBeGreaterThanOrEqual(Number(tool("nproc")));
  expect(facts.cpus.model).toBe(cpus()[0]?.model);
  expect(facts.os.kernel).toBe(tool("uname", "-r"));
  expect(facts.hostname).toBe(tool("uname", "-n"));
  const meminfo = readFileSync("/proc/meminfo", "utf8");
  expect(facts.memory.totalBytes).toBe(Number(/^MemTotal:\s+(\d+)/m.exec(meminfo)?.[1]) * 1024);
  expect(facts.hugePages.total).toBe(Number(/^HugePages_Total:\s+(\d+)/m.exec(meminfo)?.[1]));
  expect(facts.docker.state).toBe("running");
  expect(facts.docker.version).toBe((await docker.version()).Version);
  expect(facts.user.uid).toBe(process.getuid?.());
  expect(facts.kernelSupport.veth && facts.kernelSupport.bridge).toBe(true);
});

describe("on the base image", { timeout: 300_000 }, () => {
  let base: string;

  test("there is one, and apt works in it", async () => {
    base = (await ensureBaseImage(host, docker, new Apt(host))).reference ?? "debian:bookworm-slim";
    const lines: string[] = [];
    await buildImage(docker, {
      reference: `corebed/test:${unique}`,
      files: [
        file(
          "Dockerfile",
          'ARG BASE\nFROM $BASE\nRUN apt-get update && apt-get install -y --no-install-recommends ed\nCOPY hello /\nCMD ["/hello"]\n',
        ),
        file("hello", "#!/bin/sh\necho hello; echo oops >&2\n", true),
      ],
      labels: label,
      arguments: { BASE: base },
      onLine: (line) => lines.push(line),
    });
    expect(lines.find((line) => line.startsWith("Step 1/"))).toBe("Step 1/6 : ARG BASE");
  });

  test("create, start, exec with input and both outputs, remove", async () => {
    const container = await attempt("create", () =>
      docker.createContainer({
        Image: `corebed/test:${unique}`,
        Cmd: ["sleep", "60"],
        Labels: label,
        NetworkDisabled: true,
      }),
    );
    await attempt("start", () => container.start());
    const exec = await container.exec({
      Cmd: ["sh", "-c", "tr a-z A-Z; /hello"],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    docker.modem.demuxStream(stream, stdout, stderr);
    stream.on("end", () => {
      stdout.end();
      stderr.end();
    });
    stream.end("shout\n");
    expect([await text(stdout), await text(stderr)]).toEqual(["SHOUT\nhello\n", "oops\n"]);
    expect((await exec.inspect()).ExitCode).toBe(0);
    await attempt("remove", () => container.remove({ force: true }));
    expect((await failure(attempt("inspect", () => container.inspect()))).statusCode).toBe(404);
  });

  test("a failing build tells its step and the end of its output", async () => {
    const error = await failure(
      buildImage(docker, {
        reference: `corebed/test-failing:${unique}`,
        files: [file("Dockerfile", "ARG BASE\nFROM $BASE\nRUN seq 1 40; ls /no/such/file\n")],
        labels: label,
        arguments: { BASE: base },
      }),
    );
    expect(error.message).toContain("step 3/4, RUN seq 1 40; ls /no/such/file, failed: The command");
    expect(error.message).toContain("\n  | 40\n");
    expect(error.message).toContain("No such file or directory");
    expect(error.message).not.toContain("| 1\n");
  });

  test("a build that is given up ends", async () => {
    const controller = new AbortController();
    const error = await failure(
      buildImage(docker, {
        reference: `corebed/test-aborted:${unique}`,
        files: [file("Dockerfile", "ARG BASE\nFROM $BASE\nRUN sleep 60\n")],
        labels: label,
        arguments: { BASE: base },
        signal: controller.signal,
        onLine: (line) => line.startsWith("Step 3") && controller.abort(),
      }),
    );
    expect(error.reason).toBe("aborted");
  });

  test("two containers of one name", async () => {
    const create = () =>
      attempt(`create container ${unique}`, () =>
        docker.createContainer({ name: unique, Image: `corebed/test:${unique}`, Labels: label }),
      );
    await create();
    const error = await failure(create());
    expect(error.statusCode).toBe(409);
    expect(error.hint).toContain("another container has that name");
  });
});

test("an image without a base", async () => {
  const id = await buildImage(docker, {
    reference: `corebed/test-scratch:${unique}`,
    files: [file("Dockerfile", "FROM scratch\nCOPY a /\n"), file("a", "a")],
    labels: label,
  });
  const image = await docker.getImage(`corebed/test-scratch:${unique}`).inspect();
  expect(image.Id).toBe(id);
  expect(image.Config.Labels).toMatchObject(label);
});

test("an image that is not there", async () => {
  const error = await failure(
    attempt("create container x", () => docker.createContainer({ Image: "corebed/nf:000000000000" })),
  );
  expect([error.statusCode, error.hint]).toEqual([404, "`corebed images build` makes it"]);
});

test("a machine that is ready is ready at once", { timeout: 600_000 }, async () => {
  await makeReady(host, () => {});
  const started = performance.now();
  expect(await makeReady(host, () => {})).toEqual({ changes: [] });
  expect(performance.now() - started).toBeLessThan(2_000);
});
