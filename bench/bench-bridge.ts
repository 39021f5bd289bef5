import { readdir, readFile, writeFile } from "node:fs/promises";
import { command } from "./command.ts";
import { FEEDER_CPU, type LoneNf, type LoneNfs, TESTED_CPU } from "./lone-nf.ts";

/** What packet sockets need besides. */
const CAPABILITIES = ["--cap-add", "NET_RAW", "--cap-add", "NET_ADMIN"];

/** A Docker bridge of the bench's own, internal and as quiet as a lab's. Its name; `removeBridge` once its containers are gone. */
export async function createBridge(index: number): Promise<string> {
  const bridge = `cbbench${process.pid}-${index}`.slice(0, 15);
  const options = ["--internal", "--subnet", subnetOf(index), "--opt", `com.docker.network.bridge.name=${bridge}`];
  await command(["docker", "network", "create", ...options, bridge]);
  await writeFile(`/sys/class/net/${bridge}/bridge/multicast_snooping`, "0");
  return bridge;
}

export async function removeBridge(bridge: string): Promise<void> {
  await command(["docker", "network", "rm", bridge]);
}

/** A generator and a receiver on a bridge, set up as corebed does it but for the options of their driver; asleep until they are thawed. */
export class BridgeEnds {
  readonly generator: LoneNf;
  readonly sink: LoneNf;
  /** Containers of both, as `LoneNfs` calls them. */
  readonly names: readonly [string, string];
  /** Of the generator, at the bridge. */
  readonly generatorVeth: string;
  readonly #index: number;

  private constructor(index: number, ends: Pick<BridgeEnds, "generator" | "sink" | "names" | "generatorVeth">) {
    this.#index = index;
    this.generator = ends.generator;
    this.sink = ends.sink;
    this.names = ends.names;
    this.generatorVeth = ends.generatorVeth;
  }

  /** `options` follow the port's address in its argument: `,framecnt=512`. */
  static async start(nfs: LoneNfs, bridge: string, index: number, options: string): Promise<BridgeEnds> {
    const port = (address: string) => ["--port", `driver=af_packet,ip=${address}${options}`];
    const on = (address: string) => ["--network", bridge, "--ip", address, ...CAPABILITIES];
    const names = [`gen${index}`, `sink${index}`] as const;
    const [from, to] = [addressOf(index, GENERATOR), addressOf(index, SINK)];
    const generator = await nfs.startOn(on(from), names[0], FEEDER_CPU, "pktgen", ...port(from));
    // The first veth of the bridge is the generator's while it is alone.
    const [generatorVeth = ""] = await readdir(`/sys/class/net/${bridge}/brif`);
    const sink = await nfs.startOn(on(to), names[1], TESTED_CPU, "stats", ...port(to));
    for (const name of names) await nfs.freeze(name);
    return new BridgeEnds(index, { generator, sink, names, generatorVeth });
  }

  /** Parameters of the generator's `start`: to a MAC that no interface has, as corebed sends. */
  get traffic(): object {
    const [srcIp, dstIp] = [addressOf(this.#index, GENERATOR), addressOf(this.#index, SINK)];
    return { ratePps: 0, dstMac: "02:00:00:00:00:02", srcIp, dstIp };
  }
}

/** Writes a value while something is done, and puts the old one back. */
export async function withValue<T>(path: string, value: string, work: () => Promise<T>): Promise<T> {
  const before = (await readFile(path, "utf8")).trim();
  await writeFile(path, value);
  try {
    return await work();
  } finally {
    await writeFile(path, before);
  }
}

/** The upper end of the benchmarking range, far from where labs begin. */
const SUBNETS = 240;
const GENERATOR = 2;
const SINK = 3;

function subnetOf(index: number): string {
  return `198.19.${SUBNETS + index}.0/24`;
}

function addressOf(index: number, host: number): string {
  return `198.19.${SUBNETS + index}.${host}`;
}
