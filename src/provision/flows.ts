import { HostError } from "../host/host.ts";
import { labDirectory } from "../lab/names.ts";
import { type FlowSpec, type FlowsSpec, specDigest } from "../lab/resource.ts";
import { UPLINK_BRIDGE } from "../lab/tunnel.ts";
import type { Meter } from "../rpc/openflow/meter.ts";
import { ALL_FLOWS } from "../rpc/openflow/openflow-client.ts";
import type { FlowStats } from "../rpc/openflow/stats.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Driver, Observe, Reader, World } from "./driver.ts";
import { switchRuns } from "./observed-switch.ts";
import { openBridge, openOvsControl } from "./ovs-connect.ts";
import { readableSpec } from "./readable-spec.ts";
import { TimedOutError, until } from "./until.ts";

/** Marks corebed's flows: "coreb" in ASCII, and a generation that counts up with each change of the table. */
const COOKIE = 0x63_6f_72_65_62_00_00n;
const GENERATION_BITS = 16n;
const PRIORITY = 100;
/** A container that is being killed is gone well before this. */
const ENDING_MS = 3_000;

/** The bridge's flow table as it is now; a flow that is not corebed's has the output 0, which makes it differ from any spec. */
export const observeFlows: Observe = async (reader, lab) => {
  const runDirectory = `${labDirectory(lab)}/switch`;
  if (!(await switchRuns(reader, lab))) return [];
  const sockets =
    (await reader.host.list(runDirectory))?.filter(
      (name) => name.endsWith(".mgmt") && name !== `${UPLINK_BRIDGE}.mgmt`,
    ) ?? [];
  const found = await Promise.all(
    sockets.map(async (socket) => {
      const bridge = socket.slice(0, -".mgmt".length);
      const table = await readFlows(reader, runDirectory, bridge);
      const looksAtSource = table.flows.length > 0 && table.flows.every(({ match }) => match.unicastSource === true);
      const flows = table.flows
        .map((flow) => flowSpec(flow, table.meters, looksAtSource))
        .toSorted((a, b) => a.inPort - b.inPort);
      return { runDirectory, bridge, flows, ...(looksAtSource && ({ looksAtSource } as const)) };
    }),
  );
  return found
    .filter((spec) => spec.flows.length > 0)
    .map((spec) => ({
      kind: "flows",
      id: `flows:${spec.bridge}`,
      lab,
      digest: specDigest(spec),
      spec,
      problem: undefined,
      inside: `bridge:${spec.bridge}`,
      hugePages: 0,
    }));
};

/** A switch that does not answer shows no flows; that it does not is for the observer of the switch to say. */
async function readFlows(
  reader: Reader,
  runDirectory: string,
  bridge: string,
): Promise<{ readonly flows: readonly FlowStats[]; readonly meters: readonly Meter[] }> {
  try {
    await using client = await openBridge(reader.host, runDirectory, bridge);
    const flows = await client.flowStats(ALL_FLOWS);
    return { flows, meters: flows.some(({ meter }) => meter !== undefined) ? await client.meters() : [] };
  } catch (error) {
    if (error instanceof HostError || error instanceof RpcError) return { flows: [], meters: [] };
    throw error;
  }
}

function flowSpec(flow: FlowStats, meters: readonly Meter[], looksAtSource: boolean): FlowSpec {
  const inPort = flow.match.inPort ?? 0;
  const asAll = isOurs(flow) && looksAtSource === (flow.match.unicastSource ?? false);
  const output = asAll ? (flow.outputs[0] ?? 0) : 0;
  if (flow.meter === undefined) return { inPort, output };
  const meter = flow.meter === inPort ? meters.find(({ id }) => id === inPort) : undefined;
  return { inPort, output, meter: { rateKbps: meter?.rateKbps ?? 0, burstKb: meter?.burstKb ?? 0 } };
}

/** Whoever changes a flow by hand takes the cookie off it, or leaves another match or more than one action. */
function isOurs({ cookie, outputs, unknownMatchFields }: FlowStats): boolean {
  return cookie >> GENERATION_BITS === COOKIE >> GENERATION_BITS && outputs.length === 1 && unknownMatchFields === 0;
}

export const flowsDriver: Driver<"flows"> = {
  create: (world, resource) => replaceFlows(world, resource.spec),
  update: (world, resource) => replaceFlows(world, resource.spec),
  delete: async (world, observed) => {
    const empty = { ...readableSpec(observed), flows: [] };
    try {
      await replaceFlows(world, empty);
    } catch (error) {
      if (!(error instanceof RpcError) || !(await isGone(world, empty))) throw error;
    }
  },
};

/** A switch that is being removed at the same time takes its flows with it, and may do so in the middle of a request. */
async function isGone(world: World, { runDirectory, bridge }: FlowsSpec): Promise<boolean> {
  const socket = async (): Promise<"gone" | undefined> => {
    try {
      await using _client = await openBridge(world.host, runDirectory, bridge);
      return undefined;
    } catch (error) {
      if (error instanceof HostError || error instanceof RpcError) return "gone";
      throw error;
    }
  };
  const what = `the end of the connections to bridge ${bridge}`;
  return await until(socket, { what, timeoutMs: ENDING_MS, intervalMs: 50, signal: world.signal }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof TimedOutError) return false;
      throw error;
    },
  );
}

/**
 * Rules of the form "in from A, out by B": they wildcard all headers, so that OVS uses its simple match, which costs less than the exact-match cache
 * (openvswitch/ovs commit e7e9973b8). It has no switch of its own: whoever wants the caches makes the rules look at something else. New flows replace old ones
 * of the same port; the rest goes only then, so that no packet of a kept chain is lost. A meter has the number of the port that its flow comes in by.
 */
async function replaceFlows(world: World, spec: FlowsSpec): Promise<void> {
  const client = await world.links.bridge(spec.runDirectory, spec.bridge);
  const options = { signal: world.signal };
  const [before, metersBefore] = await Promise.all([client.flowStats(ALL_FLOWS, options), client.meters(options)]);
  const newest = before.reduce((highest, flow) => (flow.cookie > highest ? flow.cookie : highest), COOKIE);
  const cookie = newest + 1n;
  const flows = spec.flows.map((flow) => ({
    cookie,
    priority: PRIORITY,
    match: { inPort: flow.inPort, ...(spec.looksAtSource && { unicastSource: true }) },
    outputs: [flow.output],
    meter: flow.meter && flow.inPort,
  }));
  const meters = spec.flows.flatMap(({ inPort, meter }) => (meter === undefined ? [] : [{ id: inPort, ...meter }]));
  await client.setMeters(meters, options);
  // Looks again, which OVS answers in order: to delete by a cookie that only OVS's own hidden flows have left is refused.
  const [, after] = await Promise.all([client.addFlows(flows, options), client.flowStats(ALL_FLOWS, options)]);
  const stale = new Set(after.map((flow) => flow.cookie).filter((other) => other !== cookie));
  for (const old of stale) await client.deleteFlows({ cookie: old, mask: 0xffff_ffff_ffff_ffffn }, options);
  const wanted = new Set(meters.map(({ id }) => id));
  const unused = metersBefore.map(({ id }) => id).filter((id) => !wanted.has(id));
  await client.deleteMeters(unused, options);
  if (!spec.looksAtSource && before.some(({ match }) => match.unicastSource === true)) await forget(world, spec);
}

/**
 * Has the datapath forget what it has made of earlier rules. It keeps an entry that looks at more than the rules now ask for as long as packets come by it, and with
 * one such entry a port has no simple match. The next packet of each flow makes a new entry; none is lost.
 */
async function forget(world: World, spec: FlowsSpec): Promise<void> {
  await using control = await openOvsControl(world.host, spec.runDirectory);
  await control.command("revalidator/purge", [], { signal: world.signal });
}
