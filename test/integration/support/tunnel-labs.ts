import { readHostFacts } from "../../../src/host/facts.ts";
import { localHost } from "../../../src/host/local-host.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { resolveLab } from "../../../src/lab/resolve.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { labUplink, type TunnelKind } from "../../../src/lab/tunnel.ts";
import { balance, type Ledger } from "../../../src/measure/ledger.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { carryOut } from "../../../src/provision/converge.ts";
import type { World } from "../../../src/provision/driver.ts";
import { observeLab } from "../../../src/provision/observe.ts";
import type { LiveLab } from "../../../src/provision/verify.ts";
import { openWorld } from "../../../src/provision/world.ts";
import { countingPoints } from "../../../src/run/counting-points.ts";
import { openLab } from "../../../src/run/live.ts";
import { type Sample, takeSample } from "../../../src/run/sample.ts";
import { imageReferences } from "../../../src/setup/image-sources.ts";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import { type Half, TUNNELLED, tunnelled } from "../../unit/lab/tunnelled.ts";
import { command } from "./command.ts";
import { eventually } from "./eventually.ts";
import { pair, topologyText } from "./topology.ts";

/** Two interfaces with a cable between them: what two hosts have on the network that both are on. */
export async function cable(...ends: readonly [string, string]): Promise<AsyncDisposable> {
  const remove = (): Promise<unknown> => command("ip", "link", "delete", "dev", ends[0]).catch(() => undefined);
  await remove();
  await command("ip", "link", "add", ends[0], "mtu", "1600", "type", "veth", "peer", "name", ends[1], "mtu", "1600");
  for (const end of ends) await command("ip", "link", "set", "dev", end, "addrgenmode", "none", "up");
  return { [Symbol.asyncDispose]: async () => void (await remove()) };
}

/** Of the third block that is set aside for documentation: the machine itself may have an address of the others. */
const [NEAR, FAR] = ["203.0.113.1", "203.0.113.2"] as const;

/**
 * A generator and a receiver in a lab each, as on two hosts: the hop between them is a tunnel from one lab's switch to the other's, over a network that both
 * parents are on.
 */
export async function tunnelLabs(
  name: string,
  kind: TunnelKind,
  [nearParent, farParent]: readonly [string, string],
): Promise<readonly [Lab, Lab]> {
  const macOf = (keeps: "gen" | "sink"): string => labUplink(TUNNELLED, keeps, "", "").mac;
  const near = {
    keeps: "gen",
    parent: nearParent,
    address: `${NEAR}/24`,
    remote: FAR,
    remoteMac: macOf("sink"),
  } as const;
  const far = {
    keeps: "sink",
    parent: farParent,
    address: `${FAR}/24`,
    remote: NEAR,
    remoteMac: macOf("gen"),
  } as const;
  return [await half(name, "a", { kind, ...near }), await half(name, "b", { kind, ...far })];
}

/** Each polls on a CPU of its own, and its NF on the other's. */
async function half(name: string, suffix: string, of: Half): Promise<Lab> {
  const facts = await readHostFacts(localHost(), await imageReferences(), { sampleSteal: false });
  const cores = of.keeps === "gen" ? { 0: "switch", 1: ["gen", "sink"] } : { 1: "switch", 0: ["gen", "sink"] };
  const parsed = parseTopology(new TextEncoder().encode(topologyText(pair(name, { cores }))), "lab.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  const resolved = resolveLab(parsed.topology, parsed.source, facts, { fold: false, suffix });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.diagnostics));
  return tunnelled(resolved.lab, of);
}

export function openLocalWorld(): World {
  return openWorld(localHost(), new AbortController().signal);
}

export async function planOf(world: World, lab: Lab): Promise<Plan> {
  return makePlan(lab.name, labResources(lab), await observeLab(world.reader, lab.name));
}

/** Brings labs up, or back to what they should be, at the same time. */
export function converge(world: World, labs: readonly Lab[]): Promise<readonly LiveLab[]> {
  return Promise.all(labs.map(async (lab) => carryOut(lab, await planOf(world, lab), world, () => {})));
}

const FLOWS = { count: 1, choice: "round-robin", skew: 0, vary: "port" } as const;

/** Sends so many packets from one lab to the other and gives where each went. */
export async function sendThrough(
  world: World,
  labs: readonly [Lab, Lab],
  live: readonly LiveLab[],
  { packets, bytes }: { readonly packets: number; readonly bytes: number },
): Promise<Ledger> {
  await using near = await openLab(world.reader, labs[0], live[0] as LiveLab);
  await using far = await openLab(world.reader, labs[1], live[1] as LiveLab);
  const sample = async (): Promise<Sample> => {
    const [one, other] = await Promise.all([near, far].map((controls) => takeSample(controls, world.signal)));
    if (one === undefined || other === undefined) throw new Error("no sample");
    return {
      ...one,
      nfs: new Map([...one.nfs, ...other.nfs]),
      switchPorts: new Map([...one.switchPorts, ...other.switchPorts]),
    };
  };
  const [generator, receiver] = [near.nfs[0], far.nfs[0]];
  if (generator?.app !== "pktgen" || receiver?.app !== "stats") throw new Error("no generator, no receiver");
  const [from, to] = [generator.nf.ports[0], receiver.nf.ports[0]];
  await receiver.control.start({ trial: 1, flows: FLOWS });
  const before = await sample();
  await generator.control.start({
    trial: 1,
    frames: [{ bytes, weight: 1 }],
    flows: FLOWS,
    ratePps: 5_000,
    burst: 8,
    packets,
    dstMac: to?.mac ?? "",
    srcIp: from?.ipv4 ?? "",
    dstIp: to?.ipv4 ?? "",
  });
  // One that a loaded machine kept from its time leaves packets out, but ends.
  const ended = async (): Promise<boolean> => (await generator.control.stats()).app.stopTsc > 0;
  await eventually(ended, { what: "the generator is done", timeoutMs: 30_000 });
  await generator.control.stop();
  // What is still on its way has come when nothing more does.
  let last = -1;
  const still = async (): Promise<boolean> => {
    const now = (await receiver.control.stats()).ports[0]?.rxPackets ?? 0;
    const same = now === last;
    last = now;
    return same;
  };
  await eventually(still, { what: "no more packets come", timeoutMs: 60_000, intervalMs: 300 });
  const after = await sample();
  const [first, second] = labs;
  const ports = [...(first.switch?.ports ?? []), ...(second.switch?.ports ?? [])];
  const whole = { ...first, nfs: [...first.nfs, ...second.nfs], switch: first.switch && { ...first.switch, ports } };
  return balance(countingPoints(whole, "main", "forward", before, after));
}
