import { expect, test } from "vitest";
import { DockerError } from "../../../src/host/docker-error.ts";
import { HostError, LOST } from "../../../src/host/host.ts";
import { HostsFailedError } from "../../../src/provision/worlds.ts";
import type { Ground } from "../../../src/run/ground.ts";
import { drivenLab } from "../../../src/run/live.ts";
import { RealBed } from "../../../src/run/real-bed.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";

const LAB = labOf(example("pktgen-stats.yaml"), hostWith(8));
const LABS = ["one", "two"].map((name) => ({ ...LAB, name }));
const CUT = new HostError("ssh://rig1", "list /run/corebed", LOST);

/** A bed with two labs that take turns, the second of which cannot be frozen. */
async function bedWith(error: Error): Promise<RealBed> {
  const setPaused = async ({ name }: { readonly name: string }): Promise<void> => {
    if (name === "two") throw error;
  };
  const bringUp: Ground["bringUp"] = async (lab) => drivenLab(lab, []);
  const ground = {
    bringUp,
    setPaused,
    present: async () => ["two"],
    watch: () => async (why: unknown) => why,
  } as unknown as Ground;
  const bed = new RealBed({ ground, emit: () => {}, onLab: () => {}, labs: LABS });
  for (const lab of LABS) await bed.open(lab);
  return bed;
}

test.each([
  ["the engine knows nothing of", new DockerError("pause container x", "No such container: x", { statusCode: 404 })],
  ["is on a host that is out of reach", CUT],
  ["is on several hosts, one of which refuses", new HostsFailedError([{ host: "a", error: CUT }])],
])("a lab that %s need not be frozen at the end", async (_which, error) => {
  const bed = await bedWith(error);
  await bed[Symbol.asyncDispose]();
});

test("what is a bug there is told", async () => {
  const bed = await bedWith(new TypeError("x is undefined"));
  await expect(bed[Symbol.asyncDispose]()).rejects.toThrow("x is undefined");
});
