import { z } from "zod";
import type { HostFacts } from "../lab/host-facts.ts";
import { DATAPATHS, TRIAL_ORDERS } from "../topology/topology.ts";
import { flagSchema } from "./flag.ts";
import { lossSchema } from "./ledger.ts";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";
import { methodSchema } from "./search/method.ts";
import { methodOutcomeSchema } from "./search/outcome.ts";
import { comparisonSchema } from "./statistics/comparison.ts";
import { medianIntervalSchema } from "./statistics/median-interval.ts";
import { summarySchema } from "./summary.ts";
import { trafficSchema } from "./traffic-schema.ts";
import { trialSchema } from "./trial.ts";

/** Version of the result file. A change that an older reader would get wrong makes it `corebed/result/3`. */
export const RESULT_SCHEMA = "corebed/result/2";

const datapath = () => z.enum(DATAPATHS);

/** Of the host's facts, which have a version of their own, what results are shown and compared with. */
const shownFacts = z.looseObject({
  hostname: z.string(),
  address: z.string().optional(),
  os: z.looseObject({ prettyName: z.string(), kernel: z.string(), architecture: z.string() }),
  cpus: z.looseObject({
    model: z.string(),
    usable: z.array(count()),
    isolated: z.array(count()),
    smtSiblings: z.array(z.array(count())),
    numaNodes: z.array(z.looseObject({ node: count(), cpus: z.array(count()) })),
    governor: z.string().optional(),
  }),
  memory: z.looseObject({ totalBytes: count() }),
  hugePages: z.looseObject({ pageKib: count(), total: count() }),
  cgroup: z.string(),
  virtualisation: z.string().optional(),
  stealRatio: z.number().optional(),
});

const hostSchema = z
  .looseObject({ schema: z.literal("corebed/host-facts/1") })
  .superRefine((host, context) => {
    const { error } = shownFacts.safeParse(host);
    for (const { path, message } of error?.issues ?? []) context.addIssue({ code: "custom", path, message });
  })
  .describe("Facts of the host, as `corebed doctor --json` prints them.") as unknown as z.ZodType<HostFacts>;

const topologySchema = z.object({
  name: z.string().describe("The topology's name."),
  file: z.string().describe("The file as named on the command line, or '<stdin>'."),
  text: z.string().describe("The text of the file, with (hidden) for the values of env."),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256 of the text's UTF-8 bytes, in hexadecimal."),
});

const versionsSchema = z.object({
  corebed: z.string(),
  node: z.string(),
  kernel: z.string(),
  docker: z.string().optional().describe("Version of the Docker engine."),
  ovs: z.string().optional().describe("Version of Open vSwitch, where there is a switch."),
  dpdk: z.string().optional().describe("Version of DPDK in the NFs."),
  images: z.record(z.string(), z.string()).describe("Image references by image name: 'nf', 'switch', or an NF's own."),
});

const cpusSchema = z.object({
  used: z
    .array(count())
    .describe(
      "CPUs that run a polling thread of this arm's lab, ascending; of a lab on several hosts one host's after another's.",
    ),
  count: count().describe("How many those are."),
  owners: z
    .array(
      z.object({
        host: z
          .string()
          .optional()
          .describe("Name of the host that has the CPU, of a lab on several; absent otherwise."),
        cpu: count().describe("Number of the CPU."),
        owners: z.array(z.string()),
      }),
    )
    .describe("What polls on each CPU: 'switch' or names of NFs."),
  shared: z.boolean().describe("Whether several owners share a CPU."),
  folded: z.boolean().describe("Whether the affinity map was folded onto fewer CPUs than it names."),
});

const packetsSchema = z
  .object({
    offered: count().describe("Packets asked of the generators."),
    received: count().describe("Packets that the last NFs counted."),
    droppedByReason: z
      .array(lossSchema)
      .describe("Counted drops with the place that the packets did not reach, most packets first."),
    unexplained: z
      .array(
        z.object({
          after: z.string().describe("The last place that knew of the packets."),
          before: z.string().describe("The next place, that did not."),
          packets: z.int().describe("Packets lost between the two without a counter; negative where they appeared."),
        }),
      )
      .describe("Steps whose counters differ by more than the counted drops; negative where more came than went in."),
  })
  .describe("offered = received + droppedByReason + unexplained, summed over the chains of all usable trials.");

const armSchema = z
  .object({
    name: z
      .string()
      .describe("What tells the arm from the others: 'vhost-user', 'frame=64 flows=1'. Unique in the result."),
    datapath: datapath().describe("What carries the hops that name no datapath of their own."),
    lab: z.string().describe("Name of its lab, as in `labs`; arms that differ in traffic only share one."),
    settings: z
      .array(z.object({ parameter: z.string(), value: z.string() }))
      .describe(
        "What differs between the arms, and this arm's value of it as the file would spell it; empty where there is one arm.",
      ),
    frameBytes: z
      .number()
      .positive()
      .describe("Size of each frame in bytes, with the 4-byte FCS; where there are several, their mean."),
    traffic: trafficSchema,
    durationMs: z.number().positive().describe("Length of a trial as asked for; what it came to is in the trials."),
    outcome: methodOutcomeSchema
      .optional()
      .describe(
        "What the method found, where it is more than trials at one load; absent until it has come to its end.",
      ),
    throughputPps: summarySchema
      .optional()
      .describe("Packets per second delivered, summed over the chains; absent without a usable trial."),
    throughputInterval: medianIntervalSchema
      .optional()
      .describe(
        "Interval of the median of throughputPps, between two of the trials themselves: it takes nothing for granted on how they scatter. 95 % sure, or as sure as so few trials can be; absent for fewer than two.",
      ),
    bandwidthBps: summarySchema
      .optional()
      .describe("Layer-2 bits per second delivered, FCS included, preamble and gap not."),
    lossRatio: summarySchema.optional().describe("(offered - received) / offered; unsent packets count as lost."),
    latencyNs: z
      .object({ p50: summarySchema, p99: summarySchema })
      .optional()
      .describe(
        "Each trial's percentile in nanoseconds, summarised over the trials; absent when no usable trial measured latency.",
      ),
    switchCyclesPerPacket: summarySchema
      .optional()
      .describe("TSC cycles for one pass of one packet through the switch; absent without a switch."),
    packets: packetsSchema,
    cpus: cpusSchema,
    comparison: comparisonSchema
      .optional()
      .describe("Throughput against that of the first arm; absent for the first arm."),
    trials: z.array(trialSchema).describe("Every trial, in the order they ran, unusable and disturbed ones too."),
    flags: z
      .array(flagSchema)
      .describe("What is to be said about the arm, each once, with the number of trials concerned."),
  })
  .meta({ id: "arm" });

const expectationResultSchema = z.object({
  text: z.string().describe("The line of `expect:`."),
  passed: z.boolean(),
  left: z
    .number()
    .optional()
    .describe(
      "Value of the left side in base units: packets/s, bit/s, ratio, seconds; absent if it could not be computed.",
    ),
  right: z.number().optional().describe("Value of the right side."),
  detail: z.string().describe("The values in words, or why there are none."),
});

/** What a result can be of. */
export const RESULT_KINDS = ["run", "compare", "sweep", "calibrate"] as const;

export const resultSchema = z.object({
  schema: z.literal(RESULT_SCHEMA),
  kind: z
    .enum(RESULT_KINDS)
    .describe(
      "run: the lab as the file says. compare: one arm for each thing compared. sweep: one arm for each combination of values. calibrate: the same lab against itself. Trials of several arms are interleaved.",
    ),
  corebedVersion: z.string(),
  startedAt: z.iso.datetime().describe("When the first lab was begun, UTC."),
  finishedAt: z.iso.datetime().describe("When the last trial ended, UTC."),
  complete: z
    .boolean()
    .describe("false when it was interrupted or failed on the way: what is there is right, but not all."),
  simulated: z
    .boolean()
    .describe("true when a modelled data plane made the figures. They say nothing about real hardware."),
  topology: topologySchema,
  labs: z
    .record(z.string(), z.unknown())
    .describe("The resolved labs by name: every CPU, huge page, MAC, address and path."),
  host: hostSchema,
  hosts: z
    .array(
      z.object({
        name: z.string().describe("Name of the host in the topology's hosts."),
        address: z.string().describe("How corebed reached it: ssh://user@host:port, or 'local'."),
        facts: hostSchema,
        versions: versionsSchema.omit({ corebed: true, node: true, images: true }),
      }),
    )
    .optional()
    .describe(
      "Every host of a lab that is on several, in the order of the file; `host` and `versions` are then those of the first. Absent for a lab on one host.",
    ),
  versions: versionsSchema,
  seed: count().describe("Seed of everything that was drawn by lot: the order of trials, resampling."),
  orderKind: z
    .enum(TRIAL_ORDERS)
    .describe("abba: every other round backwards. random: every round in an order drawn with the seed."),
  order: z.array(z.string()).describe("The arms in the order their trials really ran."),
  method: methodSchema.describe("How the arms were measured, every parameter in it."),
  arms: z.array(armSchema).describe("In the order of the file; ratios are to the first."),
  baseline: z
    .object({
      file: z.string().describe("The earlier result, as named on the command line."),
      startedAt: z.iso.datetime().describe("When it was begun, UTC."),
      differences: z
        .array(z.object({ severity: z.enum(["refuse", "note"]), sentence: z.string() }))
        .describe(
          "In what the two differ besides the thing under test; refuse: it makes the ratio meaningless, and was let pass by --anyway.",
        ),
      arms: z
        .array(z.object({ name: z.string(), comparison: comparisonSchema }))
        .describe("Each arm against the arm of the same name in the earlier result."),
    })
    .optional()
    .describe("Comparison with an earlier result; absent without one."),
  errors: z
    .array(z.string())
    .describe(
      "What is wrong with the figures themselves, a sentence each: packets that no counter explains. Not empty makes the exit code 1.",
    ),
  expectations: z
    .array(expectationResultSchema)
    .describe("One for each line of `expect:`; any that did not pass makes the exit code 1."),
});

/** The versioned file of a run or a comparison: every trial and the whole environment in it. */
export type Result = Plain<z.infer<typeof resultSchema>>;
export type Arm = Result["arms"][number];
export type ArmCpus = Arm["cpus"];
export type ResultKind = Result["kind"];
export type ExpectationResult = Result["expectations"][number];
