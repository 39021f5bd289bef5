import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ArmPlan } from "../measure/arm-plan.ts";
import { layoutOf } from "../measure/layout.ts";
import { type NoiseFloor, noiseFloorSchema } from "../measure/statistics/comparison.ts";

const storeSchema = z.object({
  schema: z.literal("corebed/noise-floors/1"),
  floors: z.array(
    z.object({
      /** As `layoutOf` names it. */
      layout: z.string(),
      measuredAt: z.iso.datetime(),
      floor: noiseFloorSchema,
    }),
  ),
});

export type NoiseFloors = z.infer<typeof storeSchema>["floors"];

/** Where this host's noise floors are kept: they are facts of the host, and outlive every lab. */
export function noiseFloorPath(): string {
  const home = process.getuid?.() === 0 ? "/var/lib" : (process.env.XDG_STATE_HOME ?? join(homedir(), ".local/state"));
  return join(home, "corebed", "noise-floors.json");
}

/** The noise floors on record; none where the host was never calibrated, or the file is of no use. */
export async function readNoiseFloors(path: string = noiseFloorPath()): Promise<NoiseFloors> {
  try {
    const parsed = storeSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data.floors : [];
  } catch {
    return [];
  }
}

/** Puts a layout's noise floor on record, in place of an earlier one. */
export async function keepNoiseFloor(
  layout: string,
  floor: NoiseFloor,
  measuredAt: Date,
  path: string = noiseFloorPath(),
): Promise<void> {
  const others = (await readNoiseFloors(path)).filter((entry) => entry.layout !== layout);
  const floors = [...others, { layout, measuredAt: measuredAt.toISOString(), floor }];
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.part`;
  await writeFile(unfinished, `${JSON.stringify({ schema: "corebed/noise-floors/1", floors }, undefined, 1)}\n`);
  await rename(unfinished, path);
}

/** The noise floor that holds for two arms: the wider of their layouts' where both are known, else what is known. */
export function noiseFloorOf(floors: NoiseFloors): (arm: ArmPlan, other: ArmPlan) => NoiseFloor | undefined {
  return (arm, other) => {
    const layouts = [layoutOf(arm.lab), layoutOf(other.lab)];
    const known = floors.filter(({ layout }) => layouts.includes(layout)).map(({ floor }) => floor);
    return known.toSorted((a, b) => b.ratio - a.ratio)[0];
  };
}
