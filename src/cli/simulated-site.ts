import { simulatedFacts } from "../simulate/facts.ts";
import { simulatedApply, simulatedPlan } from "../simulate/simulated-apply.ts";
import { SimulatedBed } from "../simulate/simulated-bed.ts";
import { EXIT, Exit } from "./exit.ts";
import type { Site } from "./site.ts";
import { note } from "./terminal.ts";

/** What every output of a simulation begins with. */
export const SIMULATED = "SIMULATED: a modelled data plane; nothing is made and no packet is sent.";

const NO_BAD_LINES =
  "note: the model knows no bad lines: what app impair is to delay, lose, double or reorder it passes on as it came";

/** A model of a host: nothing is there, nothing is made, and trials take no time. */
export function simulatedSite(seed: number, signal: AbortSignal = untilCtrlC()): Site {
  return {
    simulated: true,
    signal,
    readFacts: async () => simulatedFacts(),
    lock: async () => ({ [Symbol.asyncDispose]: async () => {} }),
    openBed: ({ emit, onLab }) =>
      new SimulatedBed({
        seed,
        onOpen: async (lab) => {
          onLab("bring-up", lab);
          if (lab.nfs.some(({ app }) => app === "impair")) note(NO_BAD_LINES);
          await simulatedApply(simulatedPlan(lab), signal, emit);
        },
      }),
    present: async () => [],
    destroy: async () => {},
  };
}

function untilCtrlC(): AbortSignal {
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort(new Exit(EXIT.interrupted)));
  return abort.signal;
}
