import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageReferences } from "../../../src/setup/image-sources.ts";
import { command } from "./command.ts";
import { eventually } from "./eventually.ts";
import { NfSocket } from "./nf-socket.ts";

/** No network, no capability but those for huge pages and pinning. */
const CONFINED = ["--network", "none", "--cap-drop", "ALL", "--cap-add", "IPC_LOCK", "--cap-add", "SYS_NICE"];

/** NFs in containers of their own, without a switch or a lab. They share a directory, where their sockets and files are; disposing removes all of it. */
export class NfContainers implements AsyncDisposable {
  readonly directory: string;
  readonly #prefix = `corebed.it-nf.${process.pid}`;
  readonly #names: string[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<NfContainers> {
    return new NfContainers(await mkdtemp(join(tmpdir(), "corebed-it-nf-")));
  }

  /** Starts a built-in NF with its worker on `cpu` and waits until it listens; gives the path of its control socket. */
  async start(app: string, cpu: number, name: string, ...ports: readonly string[]): Promise<string> {
    const container = `${this.#prefix}.${name}`;
    const control = join(this.directory, `${name}.sock`);
    const image = (await imageReferences()).find((one) => one.name === "nf")?.reference ?? "";
    const shared = ["--cpuset-cpus", "0,1", "--volume", `${this.directory}:${this.directory}`];
    const place = ["--cpu", String(cpu), "--main-cpu", "0", "--control", control];
    this.#names.push(container);
    await command(
      "docker",
      ...["run", "--detach", "--name", container, ...CONFINED, ...shared, image, app, ...place],
      ...ports.flatMap((port) => ["--port", port]),
    );
    const socket = await eventually(() => NfSocket.open(control).catch(() => undefined), { what: `${name} listens` });
    socket[Symbol.dispose]();
    return control;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#names.map((name) => command("docker", "rm", "--force", name).catch(() => {})));
    await rm(this.directory, { recursive: true, force: true });
  }
}
