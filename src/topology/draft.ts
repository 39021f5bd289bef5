import type { z } from "zod";
import type { KeyPath } from "./diagnostic.ts";
import type { PlacedExpectation } from "./expectation.ts";
import { placedNic } from "./placed-nic.ts";
import { checkSchema, schemas } from "./schema.ts";
import { isPciAddress } from "./schema-nic.ts";
import { isHostKey } from "./thing-names.ts";
import {
  type BetweenKind,
  type ChainSpec,
  type CompareSpec,
  type CoreAssignment,
  type Datapath,
  type ForwardSpec,
  type HostSpec,
  type IpvlanSpec,
  type LimitSpec,
  type MacvlanSpec,
  type MeasureMethod,
  type MeasureSpec,
  type NfSpec,
  type NicSpec,
  type OverlaySpec,
  STAND_IN_NIC,
  type SweepParameter,
  type SwitchSpec,
  type Topology,
  type TrafficSpec,
  TUNNEL_KINDS,
  type TunnelKind,
  type VirtioSpec,
} from "./topology.ts";
import { packetRate } from "./traffic-values.ts";
import { toPlain, type YamlEntry, type YamlMap, type YamlNode } from "./yaml-tree.ts";

/**
 * The parts of a topology that hold up against the schema, defaults filled in; what does not is undefined, and has been reported. Rules work on this, so
 * that one error does not hide the next.
 */
export interface Draft {
  readonly name: string | undefined;
  /** Undefined if the file has none. */
  readonly hosts: readonly DraftHost[] | undefined;
  readonly cores: readonly DraftCore[] | undefined;
  /** False if something that the file puts on a CPU is missing from `cores`. */
  readonly coresComplete: boolean;
  readonly nfs: readonly DraftNf[] | undefined;
  readonly chains: readonly DraftChain[] | undefined;
  readonly datapath: Datapath | undefined;
  readonly between: BetweenKind | undefined;
  readonly switch: SwitchSpec | undefined;
  readonly nics: readonly DraftNic[];
  readonly macvlan: MacvlanSpec | undefined;
  readonly ipvlan: IpvlanSpec | undefined;
  readonly overlay: OverlaySpec | undefined;
  readonly traffic: TrafficSpec | undefined;
  /** The rate is one of bits, so that it takes the frames' sizes to know the packets. */
  readonly rateInBits: boolean;
  /** `absent` if the file has none. */
  readonly compare: CompareSpec | "absent" | undefined;
  readonly measure: MeasureSpec | undefined;
  /** `absent` if the file has none. */
  readonly sweep: readonly SweepParameter[] | "absent" | undefined;
  readonly expect: readonly (PlacedExpectation | undefined)[];
}

export interface DraftHost {
  readonly name: string;
  readonly spec: HostSpec | undefined;
}

export interface DraftCore {
  /** Where it stands in the file. */
  readonly path: KeyPath;
  /** The host under whose name it stands; undefined where CPUs stand by themselves. */
  readonly host: string | undefined;
  /** As written, and whether in quotes. */
  readonly key: string;
  /** Undefined if the key is no CPU number. */
  readonly cpu: number | undefined;
  readonly quoted: boolean;
  readonly owners: readonly string[] | undefined;
}

export interface DraftNf {
  readonly name: string;
  readonly spec: NfSpec | undefined;
}

export interface DraftNic {
  readonly name: string;
  readonly spec: NicSpec | undefined;
}

export interface DraftChain {
  readonly name: string;
  readonly spec: ChainSpec | undefined;
}

/** The topology, once nothing is wrong with the draft; undefined if a part is missing after all. */
export function finished(draft: Draft): Topology | undefined {
  const { name, cores, nfs, chains, datapath, traffic, compare, expect } = draft;
  const [onlyHost] = draft.hosts ?? [];
  const coreSpecs = cores?.map(({ cpu, owners, host = onlyHost?.name }): CoreAssignment | undefined =>
    cpu === undefined || owners === undefined ? undefined : { ...(host !== undefined && { host }), cpu, owners },
  );
  const parts = {
    hosts: complete((draft.hosts ?? []).map(({ spec }) => spec)),
    cores: complete(coreSpecs),
    nfs: complete(nfs?.map(({ spec }) => spec)),
    chains: complete(chains?.map(({ spec }) => spec)),
    nics: complete(draft.nics.map(({ spec }) => placedNic(spec, (draft.hosts ?? []).length))),
    expect: complete(expect.map((placed) => placed?.expectation)),
  };
  if (name === undefined || datapath === undefined || draft.between === undefined || draft.switch === undefined)
    return undefined;
  if (traffic === undefined || compare === undefined) return undefined;
  const { macvlan, ipvlan, overlay } = draft;
  if (macvlan === undefined || ipvlan === undefined || overlay === undefined) return undefined;
  if (draft.measure === undefined || draft.sweep === undefined) return undefined;
  if (!parts.hosts || !parts.cores || !parts.nfs || !parts.chains || !parts.nics || !parts.expect) return undefined;
  return {
    name,
    hosts: parts.hosts,
    cores: parts.cores,
    nfs: parts.nfs,
    chains: parts.chains,
    datapath,
    between: draft.between,
    switch: draft.switch,
    nics: parts.nics,
    macvlan,
    ipvlan,
    overlay,
    traffic,
    measure: draft.measure,
    compare: compare === "absent" ? undefined : compare,
    sweep: draft.sweep === "absent" ? undefined : draft.sweep,
    expect: parts.expect,
  };
}

export function draftOf(tree: YamlNode): Draft {
  const section = (key: string): YamlNode | undefined =>
    tree.kind === "map" ? tree.entries.find((entry) => entry.key === key)?.value : undefined;
  const entries = (key: string): readonly YamlEntry[] | undefined => {
    const node = section(key);
    return node?.kind === "map" ? node.entries : undefined;
  };
  const coresNode = section("cores");
  const cores = coresNode?.kind === "map" ? draftCores(coresNode) : undefined;
  const expect = section("expect");
  const compare = section("compare");
  return {
    name: part(schemas.name, section("name"), undefined),
    hosts: section("hosts") === undefined ? undefined : draftHosts(entries("hosts") ?? []),
    cores,
    coresComplete:
      coresNode?.kind === "map" && !hasRepeats(coresNode) && complete(cores?.map(({ owners }) => owners)) !== undefined,
    nfs: entries("nfs")?.map(({ key, value }) => ({ name: key, spec: nfSpec(key, value) })),
    chains: entries("chains")?.map(({ key, value }) => ({ name: key, spec: chainSpec(key, value) })),
    datapath: part(schemas.datapath, section("datapath"), "vhost-user"),
    between: part(schemas.between, section("between"), "vxlan"),
    switch: switchSpec(section("switch")),
    nics: (entries("nics") ?? []).map(({ key, value }) => ({ name: key, spec: nicSpec(key, value) })),
    macvlan: onParents(part(schemas.macvlan, section("macvlan"), {})),
    ipvlan: onParents(part(schemas.ipvlan, section("ipvlan"), {})),
    overlay: part(schemas.overlay, section("overlay"), {}),
    traffic: trafficSpec(section("traffic")),
    rateInBits: part(schemas.traffic, section("traffic"), {})?.rate.kind === "bits",
    compare: compare === undefined ? "absent" : part(schemas.compare, compare, undefined),
    measure: measureSpec(section("measure")),
    sweep: sweepSpec(section("sweep")),
    expect: expect?.kind === "list" ? expect.items.map((item) => part(schemas.expectation, item, undefined)) : [],
  };
}

/** CPUs stand by themselves, or under the names of their hosts. */
function draftCores(node: YamlMap): readonly DraftCore[] {
  return node.entries.flatMap((entry) =>
    entry.value.kind === "map" && isHostKey(entry.key)
      ? entry.value.entries.map((own) => draftCore(own, entry.key))
      : [draftCore(entry, undefined)],
  );
}

function draftCore({ key, quoted, value }: YamlEntry, host: string | undefined): DraftCore {
  const owners = part(schemas.owners, value, undefined);
  const cpu = checkSchema(schemas.cpu, key).success ? Number(key) : undefined;
  return {
    path: host === undefined ? ["cores", key] : ["cores", host, key],
    host,
    key,
    cpu,
    quoted,
    owners: typeof owners === "string" ? [owners] : owners,
  };
}

function hasRepeats(node: YamlMap): boolean {
  return node.hasRepeats || node.entries.some(({ value }) => value.kind === "map" && value.hasRepeats);
}

function draftHosts(entries: readonly YamlEntry[]): readonly DraftHost[] {
  return entries.map(({ key, value }) => {
    const user = part(schemas.host, value, undefined);
    return { name: key, spec: user && { name: key, address: user.address, tunnel: user.tunnel } };
  });
}

function nfSpec(name: string, node: YamlNode): NfSpec | undefined {
  const user = part(schemas.nf, node, undefined);
  return (
    user && {
      name,
      app: user.app,
      image: user.image,
      command: user.command,
      args: user.args,
      forward: forwardSpec(user),
      ...impairSpec(user),
      env: user.env,
      ...(user.binds !== undefined && { binds: user.binds }),
      ...(user.capabilities !== undefined && { capabilities: user.capabilities }),
      queueSize: user.queueSize,
      driver: user.driver,
      queues: user.queues,
      virtio: virtioSpec(user.virtio ?? {}),
      zeroCopy: user.memif?.zeroCopy ?? false,
      memoryMib: user.memory,
    }
  );
}

/** What is not given is the fastest that goes with what is: packed rings, vectors where the CPUs have them, no mergeable buffers (docs/experiments.md, tuning). */
function virtioSpec(user: NonNullable<z.output<typeof schemas.nf>["virtio"]>): VirtioSpec {
  const { ring = "packed", mergeable = false } = user;
  const inOrder = user.inOrder ?? !(user.vectorised === true && ring === "split");
  const fit = ring === "packed" && inOrder && !mergeable;
  return { ring, vectorised: user.vectorised ?? (fit ? undefined : false), mergeable, inOrder };
}

function forwardSpec(user: z.output<typeof schemas.nf>): ForwardSpec | undefined {
  const { app, mode, drop, work } = user;
  // What another NF has no use for is kept for the rules to tell.
  if (app !== "l2fwd" && app !== "impair" && mode === undefined && drop === undefined && work === undefined)
    return undefined;
  return {
    mode: mode ?? "rewrite",
    drop: drop ?? [],
    workCycles: work?.cycles ?? 0,
    workBytes: work?.memory ?? 0,
  };
}

function impairSpec(user: z.output<typeof schemas.nf>): Pick<NfSpec, "impair"> {
  const { app, delay, jitter, loss, duplicate, reorder, seed } = user;
  // What another NF has no use for is kept for the rules to tell.
  const given = [delay, jitter, loss, duplicate, reorder, seed].some((value) => value !== undefined);
  if (app !== "impair" && !given) return {};
  return {
    impair: {
      delayNs: delay ?? 0,
      jitterNs: jitter ?? 0,
      lossRatio: loss ?? 0,
      duplicateRatio: duplicate ?? 0,
      reorderRatio: reorder ?? 0,
      seed: seed ?? 1,
    },
  };
}

function chainSpec(name: string, node: YamlNode): ChainSpec | undefined {
  const user = part(schemas.chain, node, undefined);
  if (user === undefined) return undefined;
  if (Array.isArray(user)) return { name, path: user, hops: hopsOf(user, undefined) };
  const own = user.datapath;
  if (user.hops === undefined) return { name, path: user.path, hops: hopsOf(user.path, own) };
  const hops = user.hops.map((hop) => (typeof hop === "string" ? { datapath: hop, limit: undefined } : hop));
  const limits = hops.map(({ limit }) => limitSpec(limit));
  const between = hops.map(({ datapath }) => TUNNEL_KINDS.find((kind) => kind === datapath));
  return {
    name,
    path: user.path,
    hops: hops.map(({ datapath }) => (datapath === "default" ? own : isTunnelWord(datapath) ? undefined : datapath)),
    ...(between.some((kind) => kind !== undefined) && { between }),
    ...(limits.some((limit) => limit !== undefined) && { limits }),
  };
}

function isTunnelWord(word: string): word is TunnelKind {
  return TUNNEL_KINDS.some((kind) => kind === word);
}

type UserHop = Extract<NonNullable<Extract<z.output<typeof schemas.chain>, { path: unknown }>["hops"]>[number], object>;

function limitSpec(user: UserHop["limit"]): LimitSpec | undefined {
  if (user === undefined) return undefined;
  if (typeof user === "number") return { rateBps: user, burstBytes: undefined, at: "egress" };
  return { rateBps: user.rate, burstBytes: user.burst, at: user.at };
}

function hopsOf(path: readonly string[], datapath: Datapath | undefined): readonly (Datapath | undefined)[] {
  return path.slice(1).map(() => datapath);
}

function nicSpec(name: string, node: YamlNode): NicSpec | undefined {
  const user = part(schemas.nic, node, undefined);
  if (user === undefined) return undefined;
  const { host, device, attach, bind } = user;
  const common = { name, ...(host !== undefined && { host }), attach, bind };
  if (device === STAND_IN_NIC) return { ...common, pci: undefined };
  return isPciAddress(device) ? { ...common, pci: device } : { ...common, pci: undefined, parent: device };
}

function onParents<Mode>(
  user: { readonly mode: Mode; readonly parent?: string | readonly string[] | undefined } | undefined,
): { readonly mode: Mode; readonly parents: readonly string[] } | undefined {
  return user && { mode: user.mode, parents: user.parent === undefined ? [] : [user.parent].flat() };
}

function switchSpec(node: YamlNode | undefined): SwitchSpec | undefined {
  const user = part(schemas.switch, node, {});
  if (user === undefined) return undefined;
  const { pmdMaxSleep, txFlushInterval, affinity, ...rest } = user;
  return {
    ...rest,
    pmdMaxSleepUs: pmdMaxSleep,
    txFlushIntervalUs: txFlushInterval,
    affinity: Object.fromEntries(Object.entries(affinity).map(([nf, cpus]) => [nf, [cpus].flat()])),
  };
}

function measureSpec(node: YamlNode | undefined): MeasureSpec | undefined {
  const user = part(schemas.measure, node, "rate");
  if (user === undefined) return undefined;
  const given: Partial<Exclude<typeof user, string>> & { readonly method: MeasureMethod } =
    typeof user === "string" ? { method: user } : user;
  return {
    method: given.method,
    trials: given.trials,
    preset: given.preset ?? "csit",
    goals: Object.entries(given.goals ?? {}).map(([name, goal]) => ({
      name,
      lossRatio: goal.loss,
      exceedRatio: goal.exceed,
      durationMs: goal.duration,
      sumMs: goal.sum,
      initialMs: goal.initial,
      widthRatio: goal.width,
    })),
    minRatePps: given.minRate,
    maxRatePps: given.maxRate,
    maxTrials: given.maxTrials,
    maxTimeMs: given.maxTime,
    intervalMs: given.interval,
    stepRatio: given.step,
    repeats: given.repeats,
    longestBurstMs: given.longestBurst,
    shares: given.shares,
  };
}

function sweepSpec(node: YamlNode | undefined): Draft["sweep"] {
  if (node === undefined) return "absent";
  const user = part(schemas.sweep, node, undefined);
  return user && Object.entries(user).map(([parameter, values]) => ({ parameter, values }));
}

function trafficSpec(node: YamlNode | undefined): TrafficSpec | undefined {
  const user = part(schemas.traffic, node, {});
  if (user === undefined) return undefined;
  const { frame, flows, rate, duration, warmup, ...rest } = user;
  const alike = { choice: "round-robin", skew: 1, vary: "port" } as const;
  return {
    ...rest,
    frames: frame,
    flows: typeof flows === "number" ? { count: flows, ...alike } : flows,
    ratePps: packetRate(rate, frame),
    vlan: rest.vlan,
    pcap: rest.pcap,
    durationMs: duration,
    warmupMs: warmup,
  };
}

/** Reads one part by itself; `missing` stands in for a part that the file leaves out. */
function part<Schema extends z.ZodType>(
  schema: Schema,
  node: YamlNode | undefined,
  missing: z.input<Schema> | undefined,
): z.output<Schema> | undefined {
  if (node === undefined && missing === undefined) return undefined;
  const result = checkSchema(schema, node === undefined ? missing : toPlain(node));
  return result.success ? result.data : undefined;
}

function complete<T>(items: readonly (T | undefined)[] | undefined): readonly T[] | undefined {
  return items?.every((item) => item !== undefined) ? (items as readonly T[]) : undefined;
}
