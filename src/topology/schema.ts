import { z } from "zod";
import { type PlacedExpectation, readExpectation } from "./expectation.ts";
import { choice, integer, leaf } from "./leaf.ts";
import { betweenSchema, hostSchema, hostsSchema } from "./schema-hosts.ts";
import { hopSchema } from "./schema-limit.ts";
import { measureSchema, sweepSchema } from "./schema-measure.ts";
import { ipvlanSchema, macvlanSchema, overlaySchema } from "./schema-network.ts";
import { nfSchema } from "./schema-nf.ts";
import { nicSchema } from "./schema-nic.ts";
import { switchSchema } from "./schema-switch.ts";
import { trafficSchema } from "./schema-traffic.ts";
import { name, reference } from "./schema-values.ts";
import { isHostKey, label } from "./thing-names.ts";
import { CARRIERS, DATAPATHS, SWITCH_OWNER, TRIAL_ORDERS } from "./topology.ts";
import { quote } from "./wording.ts";

/*
 * The file as the user writes it: types, validation, defaults and the published JSON Schema in one. What takes two parts of the file to decide is
 * in rules/.
 */

const HIGHEST_CPU = 4095;

const datapath = choice(DATAPATHS, {
  title: "Datapath",
  description:
    "What carries packets between two ports: vhost-user (OVS-DPDK over shared memory), memif (shared memory from one NF to the next, without a switch), docker-bridge (veth pairs on a Linux bridge), macvlan, ipvlan, overlay (Docker's networks of these names), host (veth pair in the host's network namespace), nic (out by one network card and in by another), af-xdp (OVS with AF_XDP ports on veth pairs), or ovs-veth (OVS with plain veth ports: the slow way that is built by mistake). none: no network, for chains of one NF each.",
  examples: ["vhost-user", "docker-bridge"],
});

const carrier = choice(CARRIERS, {
  title: "Datapath between NFs",
  description: "What carries packets between two ports: any datapath but none.",
  examples: ["vhost-user", "docker-bridge"],
});

const cpu = leaf<string, string>(
  (value) => {
    const key = String(value);
    if (/^(?:0|[1-9]\d*)$/.test(key) && Number(key) <= HIGHEST_CPU) return { ok: true, value: key };
    const wrong = (problem: string, help: string) => ({ ok: false as const, code: "bad-cpu", problem, help });
    const range = /^(\d{1,4})\s*[-,:]\s*(\d{1,4})$/.exec(key);
    if (range)
      return wrong(
        `${quote(key)} names several CPUs`,
        `write one line for each CPU: "${range[1]}: ..." and "${range[2]}: ..."`,
      );
    if (/^\d+$/.test(key) && Number(key) > HIGHEST_CPU)
      return wrong(
        `CPU ${label(key)} is beyond the last that Linux can have`,
        `CPUs count from 0 to ${HIGHEST_CPU}; lscpu -e lists those of this machine`,
      );
    if (/^0\d+$/.test(key)) return wrong(`${quote(key)} is not a CPU number`, `write ${Number(key)}`);
    return wrong(
      `${quote(key)} is not a CPU number`,
      `write the number of the CPU before the colon, from 0 to ${HIGHEST_CPU}: "1: gen"`,
    );
  },
  { type: "string", pattern: "^(0|[1-9][0-9]{0,3})$" },
);

const OWNER_DOC = {
  title: "Owner",
  description: `What runs on this CPU: the name of an NF, or \`${SWITCH_OWNER}\` for the poll-mode threads of OVS-DPDK.`,
  examples: ["gen", SWITCH_OWNER],
};

const owners = z.union([reference(OWNER_DOC), z.array(reference(OWNER_DOC))]).meta({
  title: "Owners of the CPU",
  description: `What runs on this CPU: the name of an NF, \`${SWITCH_OWNER}\` for the poll-mode threads of OVS-DPDK, or a list of names that share it.`,
  examples: [SWITCH_OWNER, "gen", ["gen", "sink"]],
});

const CORES_DOC = {
  title: "Affinity map",
  description:
    "Which CPU runs what. CPU numbers as in lscpu -e. A CPU belongs to one owner unless several are named. In a file with hosts, CPUs stand under the name of their host.",
  examples: [
    { 0: SWITCH_OWNER, 1: "gen", 2: "sink" },
    { 0: SWITCH_OWNER, 1: ["gen", "fwd", "sink"] },
  ],
};

const cores = z.record(cpu, owners).meta(CORES_DOC);

const coresOfHosts = z.record(z.string(), cores).meta({
  title: "Affinity map of several hosts",
  description: "The affinity map of each host, by its name under hosts.",
  examples: [{ a: { 0: SWITCH_OWNER, 1: "gen" }, b: { 0: SWITCH_OWNER, 1: "sink" } }],
});

const nfName = name({ title: "Name", description: "Name of the NF.", examples: ["gen"] }, [SWITCH_OWNER]);
const nfs = z.record(nfName, nfSchema).meta({
  title: "Network functions",
  description: "The NFs of the lab by name: up to 24 lower-case letters, digits and dashes.",
  examples: [{ gen: { app: "pktgen" }, sink: { app: "stats" } }],
});

const path = z.array(reference({ title: "NF", description: "Name of an NF under nfs.", examples: ["gen"] })).meta({
  title: "NFs in order",
  description:
    "Traffic enters at the first NF and ends at the last. The first must send (pktgen), the last must count (stats), or be images of your own.",
  examples: [["gen", "fwd", "sink"]],
});

const longChain = z
  .strictObject({
    path,
    datapath: carrier
      .meta({
        title: "Datapath of the chain",
        description: "What carries packets over every hop of this chain; the datapath of the file if not given.",
        examples: ["vhost-user"],
      })
      .optional(),
    hops: z
      .array(hopSchema)
      .meta({
        title: "Hops",
        description: "One entry for each hop, in order, one fewer than the chain has NFs: a datapath, or a map.",
        examples: [
          ["docker-bridge", "vhost-user"],
          [{ limit: "1Gbps" }, "default"],
        ],
      })
      .optional(),
  })
  .meta({
    title: "Chain with settings",
    description: "A chain whose hops do not all use the datapath of the file.",
    examples: [{ path: ["gen", "fwd", "sink"], hops: ["docker-bridge", "vhost-user"] }],
  });

const chain = z.union([path, longChain]).meta({
  title: "Chain",
  description: "NFs in order, or a map with path, datapath and hops.",
  examples: [["gen", "sink"], { path: ["gen", "fwd", "sink"], hops: ["docker-bridge", "vhost-user"] }],
});

const chainName = name({ title: "Name", description: "Name of the chain.", examples: ["main"] });
const chains = z.record(chainName, chain).meta({
  title: "Chains",
  description:
    "The chains of the lab by name. Chains may share NFs, each with ports of its own there, but for those that send.",
  examples: [{ main: ["gen", "fwd", "sink"] }],
});

const nics = z
  .record(name({ title: "Name", description: "Name of the card in this file.", examples: ["left"] }), nicSchema)
  .meta({
    title: "Network cards",
    description:
      "Ports of network cards for hops over nic. Each such hop takes two, in the order of the file: its packets leave by the first and come in by the second, which is for a cable or a switch to see to. A hop from one host to another takes one of each host.",
    examples: [{ left: { device: "0000:03:00.0" }, right: { device: "0000:03:00.1" } }],
  });

const compare = z
  .strictObject({
    datapaths: z.array(carrier).meta({
      title: "Datapaths to compare",
      description: "Each takes the place of the file's datapath in turn; at least two.",
      examples: [["docker-bridge", "vhost-user"]],
    }),
    order: choice(TRIAL_ORDERS, {
      title: "Order",
      description: "abba: every other round of trials backwards. random: every round in an order drawn by lot.",
      examples: ["abba", "random"],
    }).prefault("abba"),
    repeats: integer(1, 1000, "trials", {
      title: "Repeats",
      description: "Trials of each datapath; with fewer than five a verdict is seldom possible.",
      examples: [5, 20],
    }).prefault(5),
  })
  .meta({
    title: "Comparison",
    description: "What `corebed compare` sets side by side.",
    examples: [{ datapaths: ["docker-bridge", "vhost-user"], repeats: 5 }],
  });

const expectation = leaf<string, PlacedExpectation>(readExpectation, {
  type: "string",
  title: "Expectation",
  description:
    "A comparison of a metric (throughput, ndr, pdr, bandwidth, loss, latency_p50, latency_p99) with another or with a number and its unit. A datapath in parentheses says which; none means the file's own.",
  examples: ["throughput(vhost-user) >= 5 * throughput(docker-bridge)", "loss < 0.1%", "latency_p99 <= 200us"],
});

const expectations = z.array(expectation).meta({
  title: "Expectations",
  description: "What must hold of the measured values; if one does not, corebed exits with 1.",
  examples: [["throughput >= 1Mpps", "loss(vhost-user) < 0.1%"]],
});

const root = z
  .strictObject({
    name: name({
      title: "Name of the lab",
      description: "Up to 24 lower-case letters, digits and dashes. Everything that the lab makes carries it.",
      examples: ["pktgen-stats"],
    }),
    hosts: hostsSchema.optional(),
    cores: z.union([cores, coresOfHosts]).meta(CORES_DOC),
    nfs,
    chains,
    datapath: datapath.prefault("vhost-user"),
    between: betweenSchema.prefault("vxlan"),
    switch: switchSchema.prefault({}),
    nics: nics.optional(),
    macvlan: macvlanSchema.prefault({}),
    ipvlan: ipvlanSchema.prefault({}),
    overlay: overlaySchema.prefault({}),
    traffic: trafficSchema.prefault({}),
    measure: measureSchema.optional(),
    compare: compare.optional(),
    sweep: sweepSchema.optional(),
    expect: expectations.prefault([]),
  })
  .meta({
    title: "corebed topology",
    description: "A test bed of containerised network functions over CPU cores.",
    examples: [
      {
        name: "lab1",
        cores: { 0: SWITCH_OWNER, 1: "gen", 2: "sink" },
        nfs: { gen: { app: "pktgen" }, sink: { app: "stats" } },
        chains: { main: ["gen", "sink"] },
      },
    ],
  });

/** The file with one of the two forms of `cores`: what is wrong in one is told of that one. */
const oneHost = root.extend({ cores });
const severalHosts = root.extend({ cores: coresOfHosts });

/** The schema of a file of this form: CPUs of several hosts stand in maps under the hosts' names. */
export function rootSchemaFor(file: unknown): z.ZodType {
  return hasHostCores(file) ? severalHosts : oneHost;
}

/** Whether `cores` lists CPUs under the names of hosts. */
function hasHostCores(file: unknown): boolean {
  const listed = isMap(file) ? file.cores : undefined;
  return isMap(listed) && Object.entries(listed).some(([key, value]) => isHostKey(key) && isMap(value));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schema of the whole file, and of the parts that are read one by one so that an error in one does not hide those in another. */
export const schemas = {
  root,
  host: hostSchema,
  between: betweenSchema,
  cpu,
  owners,
  nf: nfSchema,
  chain,
  switch: switchSchema,
  nic: nicSchema,
  macvlan: macvlanSchema,
  ipvlan: ipvlanSchema,
  overlay: overlaySchema,
  traffic: trafficSchema,
  measure: measureSchema,
  compare,
  sweep: sweepSchema,
  expectation,
  datapath,
  name: root.shape.name,
} as const;

/** `safeParse` without zod's own words: we have ours, and zod's fail on a value whose `constructor` key the user has taken. */
export function checkSchema<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  return schema.safeParse(value, { error: () => "invalid" });
}

/** A topology as a program may write it, before defaults: JSON of this is a valid file. */
export type TopologyInput = z.input<typeof root>;
