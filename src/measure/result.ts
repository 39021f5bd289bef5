import { z } from "zod";
import type { HostFacts } from "../lab/host-facts.ts";
import { DATAPATHS } from "../topology/topology.ts";
import { flagSchema } from "./flag.ts";
import { lossSchema } from "./ledger.ts";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";
import { summarySchema } from "./summary.ts";
import { trialSchema } from "./trial.ts";

/** Version of the result file. A change that an older reader would get wrong makes it `corebed/result/2`. */
export const RESULT_SCHEMA = "corebed/result/1";

const datapath = () => z.enum(DATAPATHS);

/** HostFacts has a version of its own; its fields are not checked again here. */
const hostSchema = z
  .looseObject({ schema: z.literal("corebed/host-facts/1") })
  .describe("Facts of the host, as `corebed doctor --json` prints them.") as unknown as z.ZodType<HostFacts>;

const topologySchema = z.object({
  name: z.string().describe("The topology's name."),
  file: z.string().describe("The file as named on the command line, or '<stdin>'."),
  text: z.string().describe("The whole text of the file."),
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

export const intervalSchema = z.object({
  low: z.number().describe("Lower end."),
  high: z.number().describe("Upper end."),
  confidence: z.number().describe("0.95: the share of resamples that fell between low and high."),
});

const cpusSchema = z.object({
  used: z.array(count()).describe("CPUs that run a polling thread of this arm's lab, ascending."),
  count: count().describe("How many those are."),
  owners: z
    .array(z.object({ cpu: count().describe("Number of the CPU."), owners: z.array(z.string()) }))
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
  .describe("offered = received + droppedByReason + unexplained, summed over the chains of all complete trials.");

/** Words for an arm's throughput against the first arm's; what they mean is in `verdictOf`. */
export const VERDICTS = ["better", "worse", "same", "unknown"] as const;

const armSchema = z
  .object({
    datapath: datapath(),
    frameBytes: count().describe("Size of each frame in bytes, with the 4-byte FCS."),
    flows: count().describe("Flows (UDP source ports) that the traffic cycles through, per chain."),
    ratePps: z
      .number()
      .positive()
      .optional()
      .describe("Packets per second asked of each chain; absent for max: as many as the first port takes."),
    durationMs: z.number().positive().describe("Length of a trial as asked for; what it came to is in the trials."),
    throughputPps: summarySchema
      .optional()
      .describe("Packets per second delivered, summed over the chains; absent without a complete trial."),
    bandwidthBps: summarySchema
      .optional()
      .describe("Layer-2 bits per second delivered, FCS included, preamble and gap not."),
    lossRatio: summarySchema.optional().describe("(offered - received) / offered; unsent packets count as lost."),
    latencyNs: z
      .object({ p50: summarySchema, p99: summarySchema })
      .optional()
      .describe(
        "Each trial's percentile in nanoseconds, summarised over the trials; absent when no complete trial measured latency.",
      ),
    switchCyclesPerPacket: summarySchema
      .optional()
      .describe("TSC cycles for one pass of one packet through the switch; absent without a switch."),
    packets: packetsSchema,
    cpus: cpusSchema,
    ratioToFirst: z
      .number()
      .nonnegative()
      .optional()
      .describe(
        "Median throughput / median throughput of the first arm; absent for the first arm, and where either has no complete trial.",
      ),
    ratioInterval: intervalSchema
      .optional()
      .describe(
        "Bootstrap interval of ratioToFirst (percentile method, 2000 resamples, fixed seed); absent with fewer than 5 trials in either arm.",
      ),
    verdict: z
      .enum(VERDICTS)
      .optional()
      .describe(
        "Throughput against the first arm: same when all of ratioInterval is within 5 % of 1, else better or worse when it excludes 1, else unknown; " +
          "unknown also without an interval; absent for the first arm.",
      ),
    trials: z.array(trialSchema).describe("Every trial, in the order they ran, incomplete and disturbed ones too."),
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

export const resultSchema = z.object({
  schema: z.literal(RESULT_SCHEMA),
  kind: z
    .enum(["run", "compare"])
    .describe("run: the lab as the file says. compare: one arm for each datapath, trials interleaved."),
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
    .partialRecord(datapath(), z.unknown())
    .describe("The resolved lab of each arm: every CPU, huge page, MAC, address and path."),
  host: hostSchema,
  versions: versionsSchema,
  order: z.array(datapath()).describe("The arms in the order their trials really ran."),
  arms: z.array(armSchema).describe("One for each datapath, in the order of the file; ratios are to the first."),
  expectations: z
    .array(expectationResultSchema)
    .describe("One for each line of `expect:`; any that did not pass makes the exit code 1."),
});

/** The versioned file of a run or a comparison: every trial and the whole environment in it. */
export type Result = Plain<z.infer<typeof resultSchema>>;
export type Arm = Result["arms"][number];
export type ArmCpus = Arm["cpus"];
export type Interval = Plain<z.infer<typeof intervalSchema>>;
export type Verdict = (typeof VERDICTS)[number];
export type ExpectationResult = Result["expectations"][number];
