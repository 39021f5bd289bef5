import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { imageReferences } from "../../../src/setup/image-sources.ts";

const run = promisify(execFile);

const references = await imageReferences();
const imageOf = (name: string) => references.find((image) => image.name === name)?.reference ?? "";

/** Where the containers find the lab's sockets. */
export const RUN_DIR = "/var/run/openvswitch";

/** A switch, and NFs, in containers of their own with a socket directory of their own; all of it goes when it is disposed. */
export class ScratchLab implements AsyncDisposable {
  readonly dir: string;
  readonly #id = `corebed-rpc-test-${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly #containers: string[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<ScratchLab> {
    return new ScratchLab(await mkdtemp(join(tmpdir(), "corebed-rpc-")));
  }

  async startSwitch(): Promise<void> {
    const rights = ["--cap-add", "NET_ADMIN", "--device", "/dev/net/tun"];
    await this.#start("switch", 0, rights, [imageOf("switch")]);
  }

  /** Starts a built-in NF with one virtio-user port on CPU 1, where it yields to the others; its control socket is `<name>.ctl`. */
  async startNf(name: string, app: string): Promise<void> {
    const port = `driver=virtio-user,path=${RUN_DIR}/${name}.sock,server=1,queue_size=1024`;
    const cpus = ["--cpu", "1", "--main-cpu", "1", "--yield"];
    await this.#start(
      name,
      1,
      [],
      [imageOf("nf"), app, ...cpus, "--control", `${RUN_DIR}/${name}.ctl`, "--port", port],
    );
  }

  /** Connects to a socket in the lab's directory, waiting until something listens on it. */
  async connect(name: string, timeoutMs = 20_000): Promise<net.Socket> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const socket = net.connect(join(this.dir, name));
      const error = await new Promise<Error | undefined>((resolve) => {
        socket.once("connect", () => resolve(undefined));
        socket.once("error", resolve);
      });
      if (error === undefined) return socket;
      if (performance.now() > deadline)
        throw new Error(`nothing listens on ${name}\n${await this.logs()}`, { cause: error });
      await delay(10);
    }
  }

  async logs(): Promise<string> {
    const logs = this.#containers.map(async (name) => {
      const { stdout, stderr } = await run("docker", ["logs", "--tail", "40", name]).catch((error) => error);
      return `--- ${name}\n${stdout}${stderr}`;
    });
    return (await Promise.all(logs)).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#containers.length > 0) await run("docker", ["rm", "--force", "--volumes", ...this.#containers]);
    await rm(this.dir, { recursive: true, force: true });
  }

  async #start(role: string, cpu: number, rights: readonly string[], command: readonly string[]): Promise<void> {
    const name = `${this.#id}-${role}`;
    this.#containers.push(name);
    const isolation = ["--network", "none", "--cpuset-cpus", String(cpu), "--cap-drop", "ALL"];
    const caps = ["--cap-add", "IPC_LOCK", "--cap-add", "SYS_NICE", ...rights];
    const mount = ["--volume", `${this.dir}:${RUN_DIR}`];
    await run("docker", ["run", "--detach", "--name", name, ...isolation, ...caps, ...mount, ...command]);
  }
}
