import { integer, quantity } from "./leaf.ts";
import { share } from "./schema-measure.ts";
import { LATENCY } from "./units.ts";

/* What app impair does to packets: keys of an NF. */

const time = (title: string, description: string, examples: readonly string[]) =>
  quantity(LATENCY, { base: "ns", min: "0ns", max: "1s", offer: ["us", "ms"] }, { title, description, examples });

/** Keys of an NF that only app impair understands. */
export const impairKeys = {
  delay: time("Delay", "How long impair keeps every packet, up to 1s.", ["1ms", "200us"]).optional(),
  jitter: time(
    "Jitter",
    "How much shorter or longer than the delay, each as likely as the others; packets overtake each other by it.",
    ["100us"],
  ).optional(),
  loss: share("Loss", "Share of the packets that impair drops, each by lot.", ["1%", "0.01%"]).optional(),
  duplicate: share("Duplication", "Share of the packets that impair sends twice, each by lot.", ["0.1%"]).optional(),
  reorder: share(
    "Reordering",
    "Share of the packets that impair sends at once, so that they overtake those that wait; needs a delay.",
    ["0.5%"],
  ).optional(),
  seed: integer(0, 4_294_967_295, "", {
    title: "Seed",
    description: "Of the lots: the same seed gives the same packets of a trial the same fate.",
    examples: [1],
  }).optional(),
} as const;
