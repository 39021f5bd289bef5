import type { ArmPlan } from "../measure/arm-plan.ts";
import { orderOfRound } from "../measure/order-of-round.ts";
import type { Trial } from "../measure/trial.ts";
import { measureArms } from "../run/measure-arms.ts";
import { SimulatedBed } from "./simulated-bed.ts";

/** The trials that arms would have on the modelled data plane, by their methods and in turns, where only the trials are wanted: to explain them. */
export async function simulatedTrials(arms: readonly ArmPlan[], seed: number): Promise<readonly Trial[]> {
  await using bed = new SimulatedBed({ seed, onOpen: async () => {} });
  const names = arms.map(({ name }) => name);
  const options = { orderOfRound: orderOfRound(names, "abba", seed), signal: new AbortController().signal };
  const { trials } = await measureArms(bed, arms, options, () => {});
  return trials;
}
