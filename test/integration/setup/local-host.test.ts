import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/local-host.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

const host = localHost();
let folder: string;
beforeEach(() => {
  folder = temporaryDirectory("host");
});

async function failure(promise: Promise<unknown>): Promise<HostError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

async function exists(pid: number): Promise<boolean> {
  const text = await host.read(`/proc/${pid}/stat`).catch(() => undefined);
  return text !== undefined && !/\) [ZX]/.test(text);
}

describe("run", () => {
  test("output, exit code and input", async () => {
    const result = await host.run(["sh", "-c", "cat; echo err >&2; exit 3"], { stdin: "héllo" });
    expect(result).toEqual({ exitCode: 3, stdout: "héllo", stderr: "err\n" });
  });

  test("no shell looks at the arguments", async () => {
    expect((await host.run(["echo", "$HOME; rm *", "a b"])).stdout).toBe("$HOME; rm * a b\n");
  });

  test("lines of both streams, whole ones, as they come", async () => {
    const lines: string[] = [];
    await host.run(["sh", "-c", "printf 'a\\r\\nb'; sleep 0.05; printf 'c\\n'; printf 'last' >&2"], {
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(["a", "bc", "last"]);
  });

  test("some megabytes are complete", async () => {
    const { stdout } = await host.run(["head", "-c", "5000000", "/dev/zero"]);
    expect(stdout.length).toBe(5_000_000);
  });

  test("what is beyond the limit is said to be missing", async () => {
    const { stdout } = await host.run(["sh", "-c", "head -c 17000000 /dev/zero | tr '\\0' x"]);
    expect(stdout.length).toBeLessThan(16_900_000);
    expect(stdout.slice(-60)).toContain(`[${17_000_000 - 16 * 1024 * 1024} more bytes were not kept]`);
  });

  test("programs of administrators are found, output is in English, the environment is handed on", async () => {
    const { stdout } = await host.run(["sh", "-c", 'echo "$PATH $LC_ALL $X"'], { env: { X: "1" } });
    expect(stdout).toMatch(/\/usr\/sbin.* C\.UTF-8 1\n$/);
  });

  test("a program that is not there", async () => {
    const error = await failure(host.run(["corebed-no-such-program"]));
    expect(error.message).toBe("local: run corebed-no-such-program: no such program: corebed-no-such-program");
  });

  test("the time limit ends the program and its children", async () => {
    const pids: number[] = [];
    const started = performance.now();
    const promise = host.run(["sh", "-c", "sleep 60 & echo $!; echo $$; wait"], {
      timeoutMs: 300,
      onLine: (line) => pids.push(Number(line)),
    });
    expect((await failure(promise)).reason).toBe("timed out after 0.3 s");
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(await exists(pid)).toBe(false);
  });

  test("a program that does not listen is killed", async () => {
    const promise = host.run(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], { timeoutMs: 200 });
    expect((await failure(promise)).reason).toBe("timed out after 0.2 s");
  });

  test("the signal", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect((await failure(host.run(["sleep", "60"], { signal: controller.signal }))).reason).toBe("aborted");
    expect((await failure(host.run(["sleep", "60"], { signal: AbortSignal.abort() }))).reason).toBe("aborted");
  });

  test("a daemon that holds the output open is not waited for", async () => {
    const started = performance.now();
    const { stdout } = await host.run(["sh", "-c", "sleep 20 & echo $!"]);
    process.kill(Number(stdout));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("a program ended by a signal has the shell's exit code", async () => {
    expect((await host.run(["sh", "-c", "kill -9 $$"])).exitCode).toBe(137);
  });

  test("bytes go to a slow reader whole, and are ended only on success", async () => {
    const sink = () => {
      const state = { bytes: 0, finished: false, error: undefined as Error | undefined };
      const stream = new Writable({
        highWaterMark: 1024,
        write(chunk: Buffer, _encoding, done) {
          state.bytes += chunk.length;
          setTimeout(done, 2);
        },
      });
      stream.on("finish", () => {
        state.finished = true;
      });
      stream.on("error", (error) => {
        state.error = error;
      });
      return { state, stream };
    };
    const good = sink();
    await host.run(["head", "-c", "3000000", "/dev/urandom"], { stdout: good.stream });
    await sleep(50);
    expect(good.state).toEqual({ bytes: 3_000_000, finished: true, error: undefined });

    const bad = sink();
    expect((await host.run(["sh", "-c", "echo part; exit 1"], { stdout: bad.stream })).exitCode).toBe(1);
    await sleep(50);
    expect(bad.state.finished).toBe(false);
    expect(bad.state.error?.message).toContain("exit code 1");
  });
});

describe("files", () => {
  test("are replaced in one piece, with their mode", async () => {
    const path = join(folder, "a");
    await host.write(path, "one");
    await host.write(path, "two", 0o600);
    expect(await host.read(path)).toBe("two");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["a"]);
  });

  test("of the kernel are written in place", async () => {
    const before = await host.read("/proc/self/oom_score_adj");
    await host.write("/proc/self/oom_score_adj", before ?? "0\n");
    const error = await failure(host.write("/proc/sys/vm/corebed_nothing", "1"));
    expect(error.reason).toBe("no such file or directory");
  });

  test("that are not there", async () => {
    expect(await host.read(join(folder, "none"))).toBeUndefined();
    expect(await host.list(join(folder, "none"))).toBeUndefined();
    expect((await failure(host.write(join(folder, "none", "x"), ""))).reason).toBe("no such file or directory");
    await host.remove(join(folder, "none"));
  });

  test("what cannot be read is an error with a reason", async () => {
    expect((await failure(host.read(folder))).message).toBe(`local: read ${folder}: is a directory`);
  });

  test("directories, listed in order, made with parents and mode", async () => {
    await host.makeDirectory(join(folder, "d/e"), 0o750);
    await host.makeDirectory(join(folder, "d/e"), 0o750);
    expect((await stat(join(folder, "d/e"))).mode & 0o777).toBe(0o750);
    for (const name of ["b", "a"]) await host.write(join(folder, "d/e", name), "");
    expect(await host.list(join(folder, "d/e"))).toEqual(["a", "b"]);
  });

  test("removing follows no link", async () => {
    await mkdir(join(folder, "kept"));
    await writeFile(join(folder, "kept/file"), "precious");
    await mkdir(join(folder, "tree"));
    await symlink(join(folder, "kept"), join(folder, "tree/link"));
    await symlink(join(folder, "kept"), join(folder, "link"));
    await host.remove(join(folder, "tree"));
    await host.remove(join(folder, "link"));
    expect(await readFile(join(folder, "kept/file"), "utf8")).toBe("precious");
    await expect(lstat(join(folder, "link"))).rejects.toThrow("ENOENT");
  });

  test("a relative path and the root are faults of ours", async () => {
    await expect(host.read("x")).rejects.toThrow("internal");
    await expect(host.remove("/")).rejects.toThrow("internal");
  });
});

describe("connect", () => {
  const listen = (path: string) =>
    new Promise<Server>((resolve) => {
      const server: Server = createServer((socket) => socket.pipe(socket)).listen(path, () => resolve(server));
    });

  test("a socket that answers", async () => {
    const path = join(folder, "s");
    const server = await listen(path);
    const stream = await host.connect(path);
    stream.write("ping");
    const [chunk] = await new Promise<Buffer[]>((resolve) => stream.once("data", (data) => resolve([data])));
    expect(chunk?.toString()).toBe("ping");
    stream.destroy();
    server.close();
  });

  test("no socket, nobody behind it, a path too long, given up", async () => {
    expect((await failure(host.connect(join(folder, "none")))).reason).toBe("no such socket");
    await writeFile(join(folder, "plain"), "");
    expect((await failure(host.connect(join(folder, "plain")))).reason).toMatch(/refused/);
    expect((await failure(host.connect(`/${"x".repeat(107)}`))).reason).toBe("a socket's path has 107 bytes at most");
    expect((await failure(host.connect("/x", { signal: AbortSignal.abort() }))).reason).toBe("aborted");
  });
});
