import { z } from "zod";
import { choice, integer, leaf, quantity } from "./leaf.ts";
import { decimal } from "./schema-values.ts";
import { GOAL_PRESET_NAMES, MEASURE_METHODS } from "./topology.ts";
import { RATE, readQuantity, SHARE, TIME } from "./units.ts";

const time = (min: string, max: string, title: string, description: string, examples: readonly string[]) =>
  quantity(TIME, { base: "ms", min, max, offer: ["ms", "s", "min", "h"] }, { title, description, examples });

/** `0.5%` as a ratio. */
export function share(title: string, description: string, examples: readonly string[]): z.ZodType<number, string> {
  return leaf(
    (value) => {
      const reading = readQuantity(value, SHARE, { base: "%", min: "0%", max: "100%" });
      return reading.ok ? { ok: true, value: reading.value / 100 } : reading;
    },
    { type: "string", pattern: "^\\d+(\\.\\d+)?\\s*%$", title, description, examples },
  );
}

const packetRate = (title: string, description: string, examples: readonly string[]) =>
  quantity(RATE, { base: "pps", min: "1pps", max: "1000Mpps" }, { title, description, examples });

const goal = z
  .strictObject({
    loss: share("Loss ratio", "Loss above which a trial counts as lossy.", ["0%", "0.5%"]),
    exceed: share("Exceed ratio", "Share of the trials' duration at a load that may be lossy.", [
      "50%",
      "0%",
    ]).optional(),
    duration: time("100ms", "1h", "Final trial duration", "Shortest trial that proves a load.", [
      "1s",
      "60s",
    ]).optional(),
    sum: time("100ms", "24h", "Duration sum", "Duration of all trials at a load that decides it.", ["21s"]).optional(),
    initial: time("50ms", "1h", "Initial trial duration", "Length of the first, probing trials.", ["250ms"]).optional(),
    width: share("Width", "Relative width of the interval that ends the search.", ["0.5%", "1%"]).optional(),
  })
  .meta({
    title: "Search goal",
    description: "What a throughput search looks for, in the words of RFC 9971; what is not given is the preset's.",
    examples: [{ loss: "0.5%" }, { loss: "0%", exceed: "50%", sum: "21s", width: "0.5%" }],
  });

const method = choice(MEASURE_METHODS, {
  title: "Method",
  description:
    "rate: trials at the rate of traffic. max: forwarding rate at the highest load. ndr-pdr: throughput search (MLRsearch). latency: percentiles at shares of the PDR. soak: one long run as a time series. back-to-back: longest burst without loss. loss-curve: loss from the highest load down.",
  examples: ["max", "ndr-pdr"],
});

const settings = z
  .strictObject({
    method,
    trials: integer(1, 1000, "trials", {
      title: "Trials",
      description: "How many trials of methods rate and max, and at each load of latency.",
      examples: [5],
    }).optional(),
    preset: choice(GOAL_PRESET_NAMES, {
      title: "Preset",
      description:
        "Goals of ndr-pdr and latency: csit (NDR and PDR, 21 s a load), quick (the same in a fifth of the time), rfc2544 (60 s without loss), tst009 (the same, a lossy trial repeated once).",
      examples: ["csit", "quick"],
    }).prefault("csit"),
    goals: z
      .record(z.string(), goal)
      .meta({
        title: "Search goals",
        description: "Goals by name, in place of the preset's.",
        examples: [{ NDR: { loss: "0%" }, PDR: { loss: "0.5%" } }],
      })
      .optional(),
    minRate: packetRate("Lowest load", "The search goes no lower.", ["9001pps"]).optional(),
    maxRate: packetRate("Highest load", "The search goes no higher; what the generator can send if not given.", [
      "10Mpps",
    ]).optional(),
    maxTrials: integer(1, 100_000, "trials", {
      title: "Most trials",
      description: "A search gives up after this many trials and says what it has.",
      examples: [400],
    }).optional(),
    maxTime: time("1s", "24h", "Longest time", "A search gives up after this sum of trials and says what it has.", [
      "10min",
    ]).optional(),
    interval: time("100ms", "1h", "Interval", "Length of one point of a soak's time series.", ["1s"]).optional(),
    step: share("Step", "From one load of a loss curve to the next, 10% at most.", ["10%", "5%"]).optional(),
    repeats: integer(1, 1000, "", {
      title: "Repeats",
      description: "Searches for the longest burst; RFC 9004 says 50.",
      examples: [50],
    }).optional(),
    longestBurst: time("1ms", "10s", "Longest burst", "Longest burst that back-to-back tries.", ["2s"]).optional(),
    shares: z
      .array(decimal(0, 1, { title: "Share", description: "Share of the PDR.", examples: [0.5] }))
      .meta({
        title: "Loads",
        description: "Shares of the PDR at which latency is measured.",
        examples: [[0, 0.1, 0.5, 0.9]],
      })
      .optional(),
  })
  .meta({
    title: "Measurement with settings",
    description: "The method and what differs from its usual settings.",
    examples: [{ method: "ndr-pdr", preset: "quick" }],
  });

/** `measure:` of the file. */
export const measureSchema = z.union([method, settings]).meta({
  title: "Measurement",
  description: "How the lab is measured: the name of a method, or a map with its settings.",
  examples: ["max", "ndr-pdr", { method: "ndr-pdr", preset: "quick" }],
});

/** `sweep:` of the file: what the parameters are is for the rules to say. */
export const sweepSchema = z
  .record(
    z.string(),
    z.array(z.unknown().meta({ title: "Value", description: "One value of the parameter.", examples: [64] })).meta({
      title: "Values",
      description: "The values that the parameter takes in turn.",
      examples: [[64, 512, 1518]],
    }),
  )
  .meta({
    title: "Sweep",
    description:
      "Parameters and the values that each takes; every combination is measured, in turns. A parameter is frame, flows, rate, burst, datapath, queueSize, memory, chainLength, cores, a path such as switch.txRetries or nfs.fwd.work, or settings, whose values are parameters that change together under a name.",
    examples: [
      { frame: [64, 512, 1518], datapath: ["docker-bridge", "vhost-user"] },
      { "nfs.fwd.queueSize": [256, 1024] },
      { settings: [{ name: "as it is" }, { name: "packed, short", virtio: { ring: "packed" }, queueSize: 256 }] },
    ],
  });
