import type { Host } from "../host/host.ts";
import { HostError } from "../host/host.ts";
import { type Resource, specDigest } from "../lab/resource.ts";
import type { Observed } from "../plan/plan.ts";
import type { Driver, HostReader, Observe } from "./driver.ts";
import { disableIpv6 } from "./ipv6.ts";
import { readableSpec } from "./readable-spec.ts";

const INTERFACES = "/sys/class/net";

/** Owner's mark in the interface's alias (ip link ... alias): lab, resource, digest. */
const ALIAS = /^corebed:(?<lab>[^:]+):(?<id>veth:[^:]+):(?<digest>[0-9a-f]+)$/;

/** veth pairs whose first end carries the lab's mark as its alias. */
export const observeVeths: Observe = async (reader, lab) => {
  const names = (await reader.host.list(INTERFACES)) ?? [];
  const ours = names.filter((name) => /^cb[0-9a-f]{8}a$/.test(name));
  const found = await Promise.all(ours.map((name) => observeVeth(reader.host, name)));
  return found.filter((item) => item?.lab === lab).filter((item) => item !== undefined);
};

async function observeVeth(host: HostReader, name: string): Promise<Observed | undefined> {
  const mark = ALIAS.exec((await host.read(`${INTERFACES}/${name}/ifalias`))?.trim() ?? "")?.groups;
  if (mark?.lab === undefined || mark.id === undefined || mark.digest === undefined) return undefined;
  const spec = { ends: [name, `${name.slice(0, -1)}b`] as const };
  const peer = await host.read(`${INTERFACES}/${spec.ends[1]}/operstate`);
  return {
    kind: "veth",
    id: mark.id,
    lab: mark.lab,
    digest: mark.digest,
    spec,
    problem: peer?.trim() === "up" ? undefined : { text: `${spec.ends[1]} is not up`, repairable: false },
    inside: undefined,
    hugePages: 0,
  };
}

export const vethDriver: Driver<"veth"> = {
  create: async (world, resource) => {
    const [first, second] = resource.spec.ends;
    // A pair that stands in the way under the same name, which no one else makes, lost its mark.
    await deletePair(world.host, first);
    const { mac } = resource.spec;
    const address = mac === undefined ? [] : ["address", mac];
    // In one process that ends by itself, whatever happens to corebed meanwhile: a pair without a mark would be nobody's, and destroy would leave it.
    await ipBatch(world.host, [
      ["link", "add", first, ...address, "type", "veth", "peer", "name", second],
      ["link", "set", "dev", first, "alias", alias(resource)],
    ]);
    await Promise.all([first, second].map((end) => keepOffTheStack(world.host, end)));
    const { mtuBytes } = resource.spec;
    if (mtuBytes !== undefined) {
      for (const end of [first, second]) await ip(world.host, ["link", "set", "dev", end, "mtu", String(mtuBytes)]);
    }
    await ip(world.host, ["link", "set", "dev", second, "up"]);
    await ip(world.host, ["link", "set", "dev", first, "up"]);
  },
  update: async () => {},
  delete: async (world, observed) => deletePair(world.host, readableSpec(observed).ends[0]),
};

function alias(resource: Extract<Resource, { kind: "veth" }>): string {
  return `corebed:${resource.lab}:${resource.id}:${specDigest(resource.spec)}`;
}

/**
 * The host's own network stack must neither answer nor forward what passes here: generated traffic would leave by the default route, since Docker turns
 * forwarding on.
 */
async function keepOffTheStack(host: Host, name: string): Promise<void> {
  await host.write(`/proc/sys/net/ipv4/conf/${name}/forwarding`, "0");
  await disableIpv6(host, name);
}

async function deletePair(host: Host, name: string): Promise<void> {
  if ((await host.list(`${INTERFACES}/${name}`)) === undefined) return;
  await ip(host, ["link", "delete", "dev", name]);
}

async function ip(host: Host, args: readonly string[]): Promise<void> {
  const result = await host.run(["ip", ...args]);
  if (result.exitCode !== 0) throw new HostError(host.name, `ip ${args.join(" ")}`, result.stderr.trim());
}

/** Several commands, one after another, by one process. */
async function ipBatch(host: Host, commands: readonly (readonly string[])[]): Promise<void> {
  const lines = commands.map((args) => args.join(" "));
  const result = await host.run(["ip", "-batch", "-"], { stdin: `${lines.join("\n")}\n` });
  if (result.exitCode !== 0) throw new HostError(host.name, `ip ${lines.join("; ip ")}`, result.stderr.trim());
}
