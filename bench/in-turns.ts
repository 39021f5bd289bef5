import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { variantArms } from "../src/cli/arms.ts";
import { measureAndReport } from "../src/cli/commands/measure.ts";
import { hostSite } from "../src/cli/site.ts";
import type { Result } from "../src/measure/result.ts";
import { parseTopology } from "../src/topology/parse-topology.ts";
import { variantOf } from "../src/topology/sweep.ts";

export type Settings = Parameters<typeof variantOf>[1];

/** Measures variants of a topology by what arrives of all that can be sent, in one run and in rounds whose order is drawn by lot; the first is what the others are compared with. */
export async function measureInTurns(
  text: string,
  variants: Readonly<Record<string, Settings>>,
  rounds: number,
): Promise<Result> {
  const parsed = parseTopology(new TextEncoder().encode(text), "bench.yaml");
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join("\n"));
  const site = hostSite();
  const facts = await site.readFacts();
  const named = Object.entries(variants).map(([name, settings]) => ({ ...variantOf(text, settings), name }));
  const arms = variantArms(parsed, named, { facts, fold: true, json: false, trials: rounds, measure: "max" });
  const directory = await mkdtemp(join(tmpdir(), "corebed-bench-"));
  try {
    return await measureAndReport(site, parsed, arms, facts, {
      kind: "sweep",
      out: join(directory, "result.json"),
      keep: false,
      json: false,
      orderKind: "random",
      seed: randomInt(1, 1_000_000),
      show: () => {},
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
