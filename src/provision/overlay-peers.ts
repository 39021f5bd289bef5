import { attempt } from "../host/docker.ts";
import { HostError } from "../host/host.ts";
import type { Lab, LabHop } from "../lab/lab.ts";
import { macOfIpv4 } from "../lab/names.ts";
import { hopAddress } from "../lab/networks.ts";
import type { World } from "./driver.ts";
import { overlayNamespace } from "./overlay.ts";
import { TimedOutError, until } from "./until.ts";

/** Engines tell each other of their containers within a second or two. */
const PEER_TIMEOUT_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** Two engines of a swarm do not hear from each other. */
export class OverlayError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OverlayError";
  }
}

/** Waits until this host's engine knows at which machine the NF at the other end of each hop is: what is sent before goes nowhere. Throws {@link OverlayError} where it does not get to know. */
export async function awaitOverlayPeers(lab: Lab, world: World): Promise<void> {
  await Promise.all(lab.hops.map((hop) => awaitPeer(lab, hop, world)));
}

async function awaitPeer({ nfs }: Lab, hop: LabHop, world: World): Promise<void> {
  const { between, networks } = hop;
  if (between?.kind !== "overlay" || networks === undefined) return;
  const leaves = nfs.some(({ name }) => name === hop.from.nf);
  const [far, end, network] = leaves
    ? [hop.to.nf, between.in, networks.out.name]
    : [hop.from.nf, between.out, networks.in.name];
  const { Id } = await attempt(`inspect network ${network}`, world.docker.getNetwork(network).inspect());
  const namespace = await overlayNamespace(world.host, Id);
  // An engine that keeps it elsewhere does not show what it knows.
  if (namespace === undefined) return;
  const mac = macOfIpv4(hopAddress(hop, leaves ? "in" : "out"));
  const known = async (): Promise<true | undefined> => {
    const argv = ["nsenter", `--net=${namespace}`, "bridge", "fdb", "show"];
    const { exitCode, stdout, stderr } = await world.host.run(argv);
    if (exitCode !== 0) throw new HostError(world.host.name, argv.join(" "), stderr.trim());
    return stdout.split("\n").some((line) => line.startsWith(`${mac} `) && line.includes(" dst ")) || undefined;
  };
  const what = `word of NF ${far} on host ${end.host}`;
  try {
    await until(known, { what, timeoutMs: PEER_TIMEOUT_MS, intervalMs: LOOK_EVERY_MS, signal: world.signal });
  } catch (error) {
    if (!(error instanceof TimedOutError)) throw error;
    throw new OverlayError(
      `Docker has not heard where NF ${far} is, on host ${end.host}, so network ${network} does not lead there: do the engines reach each other on TCP and UDP port 7946 (docker node ls on a manager)?`,
    );
  }
}
