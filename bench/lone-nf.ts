import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connectUnix } from "../src/host/connect-unix.ts";
import { JsonRpcClient } from "../src/rpc/json-rpc.ts";
import { imageReferences } from "../src/setup/image-sources.ts";
import { command } from "./command.ts";

/** As much as an NF needs, and nothing more: no network unless it is given one, no capability but those for huge pages and pinning. */
const NO_NETWORK = ["--network", "none"];
const CONFINED = ["--cap-drop", "ALL", "--cap-add", "IPC_LOCK", "--cap-add", "SYS_NICE"];

/** CPUs that workers are put on. Main threads sleep, on the first. */
export const FEEDER_CPU = 0;
export const TESTED_CPU = 1;

/** What the benches read of an NF's `stats`. */
export interface Figures {
  readonly tsc: number;
  readonly tscHz: number;
  readonly ports: readonly { readonly linkUp: boolean; readonly rxPackets: number; readonly txPackets: number }[];
  readonly worker: { readonly iterations: number; readonly emptyPolls: number; readonly busyTsc: number };
  readonly app: {
    readonly sent?: number;
    readonly startTsc?: number;
    readonly stopTsc?: number;
    readonly received?: number;
    readonly lost?: number;
    readonly latencyNs?: { readonly count: number; readonly min: number };
    readonly roundTripNs?: { readonly count: number; readonly min: number };
  };
  readonly reverse?: { readonly received: number };
}

/** NFs in containers of their own, without a lab: they meet over memif, whose sockets are in a directory that they share. Disposing removes them. */
export class LoneNfs implements AsyncDisposable {
  readonly directory: string;
  readonly #image: string;
  readonly #names: string[] = [];

  private constructor(directory: string, image: string) {
    this.directory = directory;
    this.#image = image;
  }

  static async open(): Promise<LoneNfs> {
    const image = process.env.NF_IMAGE ?? (await imageReferences()).find(({ name }) => name === "nf")?.reference ?? "";
    return new LoneNfs(await mkdtemp(join(tmpdir(), "corebed-bench-")), image);
  }

  /** `--port` of a memif with this name. */
  memif(name: string, role: "server" | "client"): readonly string[] {
    return ["--port", `driver=memif,socket=${this.directory}/${name}.memif,role=${role}`];
  }

  /** Starts a built-in NF whose worker runs on `cpu`, and waits until it answers. */
  start(name: string, cpu: number, app: string, ...more: readonly string[]): Promise<LoneNf> {
    return this.startOn(NO_NETWORK, name, cpu, app, ...more);
  }

  /** The same in a container with these options of `docker run`, its network among them. */
  async startOn(
    docker: readonly string[],
    name: string,
    cpu: number,
    app: string,
    ...more: readonly string[]
  ): Promise<LoneNf> {
    const control = join(this.directory, `${name}.sock`);
    const place = ["--cpu", String(cpu), "--main-cpu", String(FEEDER_CPU), "--control", control];
    await this.#run(name, docker, [app, ...place, ...more]);
    for (let tries = 0; ; tries += 1) {
      try {
        const stream = await connectUnix("bench", control);
        return new LoneNf(new JsonRpcClient(stream, { peer: name }));
      } catch (error) {
        if (tries === 200) throw error;
        await delay(25);
      }
    }
  }

  /** Starts testpmd with a memif for each name, its worker on `cpu`. */
  async testpmd(name: string, cpu: number, mode: string, memifs: readonly string[]): Promise<void> {
    const devices = memifs.map(
      (memif, index) =>
        `--vdev=net_memif${index},socket=${this.directory}/${memif}.memif,socket-abstract=no,role=server,id=0,rsize=10`,
    );
    const eal = [
      `--lcores=0@${FEEDER_CPU},1@${cpu}`,
      "--in-memory",
      "-m",
      "64",
      "--no-pci",
      "--no-telemetry",
      ...devices,
    ];
    const options = [`--forward-mode=${mode}`, "--burst=32", "--rxd=1024", "--txd=1024", "--total-num-mbufs=8192"];
    const run = ["--auto-start", "--no-mlockall", "--record-core-cycles"];
    await this.#run(name, [...NO_NETWORK, "--tty", "--entrypoint", "dpdk-testpmd"], [...eal, "--", ...options, ...run]);
  }

  /** Stops an NF's processes where they are. */
  async freeze(name: string): Promise<void> {
    await command(["docker", "kill", "--signal", "STOP", this.#container(name)]);
  }

  /** Lets them go on. */
  async thaw(name: string): Promise<void> {
    await command(["docker", "kill", "--signal", "CONT", this.#container(name)]);
  }

  /** Ends testpmd and gives the TSC cycles that it says it spent on a packet, over bursts that were not empty. */
  async testpmdCycles(name: string): Promise<number> {
    await command(["docker", "kill", "--signal", "INT", this.#container(name)]);
    await command(["docker", "wait", this.#container(name)]);
    const { stdout } = await command(["docker", "logs", this.#container(name)]);
    return Number(/CPU cycles\/packet=([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#names.length > 0) await command(["docker", "rm", "--force", ...this.#names]);
    await rm(this.directory, { recursive: true, force: true });
  }

  #container(name: string): string {
    return `corebed-bench-${process.pid}-${name}`;
  }

  async #run(name: string, options: readonly string[], argv: readonly string[]): Promise<void> {
    const container = this.#container(name);
    this.#names.push(container);
    const shared = ["--volume", `${this.directory}:${this.directory}`];
    await command([
      "docker",
      "run",
      "--detach",
      "--name",
      container,
      ...CONFINED,
      ...shared,
      ...options,
      this.#image,
      ...argv,
    ]);
  }
}

/** A built-in NF that answers. */
export class LoneNf {
  readonly #client: JsonRpcClient;

  constructor(client: JsonRpcClient) {
    this.#client = client;
  }

  call(method: string, params: object = {}): Promise<unknown> {
    return this.#client.call(method, [params]);
  }

  stats(): Promise<Figures> {
    return this.call("stats") as Promise<Figures>;
  }

  /** Waits until every port has its peer. */
  async linked(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await this.stats()).ports.every(({ linkUp }) => linkUp)) return;
      await delay(25);
    }
    throw new Error("a memif has found no peer");
  }
}

/** Cycles that the worker of an NF spent on each of these packets, in turns that were not empty. */
export function busyCycles(before: Figures, after: Figures, packets: number): number {
  return (after.worker.busyTsc - before.worker.busyTsc) / packets;
}

/** Share of the turns in which an NF found nothing to do: near 0 it is the slowest of its chain. */
export function emptyShare(before: Figures, after: Figures): number {
  return (after.worker.emptyPolls - before.worker.emptyPolls) / (after.worker.iterations - before.worker.iterations);
}
