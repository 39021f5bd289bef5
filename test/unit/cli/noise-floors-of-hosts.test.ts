import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { floorsHost, keepNoiseFloor, readNoiseFloors } from "../../../src/cli/noise-floors.ts";

test("noise floors of one machine are not used for another, nor replaced by its own", async () => {
  const directory = await mkdtemp(join(tmpdir(), "corebed-floors-"));
  const path = join(directory, "noise-floors.json");
  try {
    const floor = (ratio: number) => ({
      floor: { ratio, comparisons: 20, trials: 5, coverage: 0.95 },
      sessionFloor: undefined,
    });
    const [here, rig] = [
      floorsHost({ hostname: "desk" }),
      floorsHost({ hostname: "rig7", address: "ssh://root@192.0.2.7" }),
    ];
    await keepNoiseFloor("pair", floor(1.1), new Date(0), here, path);
    await keepNoiseFloor("pair", floor(1.2), new Date(0), rig, path);
    await keepNoiseFloor("pair", floor(1.3), new Date(1), rig, path);
    const ratios = async (host: string | undefined) =>
      (await readNoiseFloors(host, path)).map(({ floor: { ratio } }) => ratio);
    expect(await ratios(here)).toEqual([1.1]);
    expect(await ratios(rig)).toEqual([1.3]);
    expect(await ratios("rig8")).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
