import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { LARGEST_SETTINGS_BYTES, readText } from "../host/read-at-most.ts";
import type { HostFacts } from "../lab/host-facts.ts";
import type { ArmPlan } from "../measure/arm-plan.ts";
import { layoutOf } from "../measure/layout.ts";
import { type NoiseFloor, noiseFloorSchema } from "../measure/statistics/comparison.ts";

const storeSchema = z.object({
  schema: z.literal("corebed/noise-floors/1"),
  floors: z.array(
    z.object({
      /** Name of another machine, which was reached from this one; absent for this one. */
      host: z.string().optional(),
      /** As `layoutOf` names it. */
      layout: z.string(),
      measuredAt: z.iso.datetime(),
      /** Between trials that took turns. */
      floor: noiseFloorSchema,
      /** Between trials of different times, which drifts and phases of the host come between; absent where it was not measured. */
      sessionFloor: noiseFloorSchema.optional(),
    }),
  ),
});

export type NoiseFloors = z.infer<typeof storeSchema>["floors"];

/** The machine that noise floors are of, as they are kept: its own name for another machine, nothing for this one. */
export function floorsHost({ hostname, address }: Pick<HostFacts, "hostname" | "address">): string | undefined {
  return address === undefined ? undefined : hostname;
}

/** Where noise floors of this host and of those reached from it are kept: they are facts of the host, and outlive every lab. COREBED_STATE_DIRECTORY names another place. */
export function noiseFloorPath(): string {
  const own = process.env.COREBED_STATE_DIRECTORY;
  if (own !== undefined && own !== "") return join(own, "noise-floors.json");
  const home = process.getuid?.() === 0 ? "/var/lib" : (process.env.XDG_STATE_HOME ?? join(homedir(), ".local/state"));
  return join(home, "corebed", "noise-floors.json");
}

/** The noise floors of one machine on record; none where it was never calibrated, or the file is of no use. */
export async function readNoiseFloors(host: string | undefined, path: string = noiseFloorPath()): Promise<NoiseFloors> {
  return (await readAll(path)).filter((entry) => entry.host === host);
}

async function readAll(path: string): Promise<NoiseFloors> {
  try {
    const parsed = storeSchema.safeParse(JSON.parse(await readText(path, LARGEST_SETTINGS_BYTES)));
    return parsed.success ? parsed.data.floors : [];
  } catch {
    return [];
  }
}

/** Puts a layout's noise floor on record, in place of an earlier one. */
export async function keepNoiseFloor(
  layout: string,
  floors: { readonly floor: NoiseFloor; readonly sessionFloor: NoiseFloor | undefined },
  measuredAt: Date,
  host: string | undefined,
  path: string = noiseFloorPath(),
): Promise<void> {
  const others = (await readAll(path)).filter((entry) => entry.layout !== layout || entry.host !== host);
  const { floor, sessionFloor } = floors;
  const own = {
    ...(host !== undefined && { host }),
    layout,
    measuredAt: measuredAt.toISOString(),
    floor,
    ...(sessionFloor && { sessionFloor }),
  };
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.part`;
  await writeFile(
    unfinished,
    `${JSON.stringify({ schema: "corebed/noise-floors/1", floors: [...others, own] }, undefined, 1)}\n`,
  );
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

/** The noise floor between results of different times, for labs laid out like this one. */
export function sessionFloorOf(floors: NoiseFloors, layout: string): NoiseFloor | undefined {
  return floors.find((entry) => entry.layout === layout)?.sessionFloor;
}
