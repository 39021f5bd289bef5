import type { Bench } from "../bench.ts";
import type { Case, Fault } from "../fault.ts";
import { afterSteps, killAt, killWhenStarted, stepsDone } from "../kill.ts";
import { mixed } from "../labs.ts";

const LAB = "fault-steps";

/** What `apply` and `destroy` of the lab do, which `killed-after-steps` cuts through; a test holds this against a real one. */
export const STEPS = { apply: 14, destroy: 7 } as const;

type After = "converge" | "destroy";

/** SIGKILL when a step is told to be done, and when it is told to be begun. */
export const killedAfterSteps: Fault = {
  name: "killed-after-steps",
  what: "corebed killed (SIGKILL) as each single step of apply and of destroy is told to be done, and as each is begun; then apply again and a trial, or destroy alone",
  few: 2,
  cases: () => [
    ...numbers(STEPS.apply).flatMap((step) => [
      applyDone(step, "converge"),
      applyDone(step, "destroy"),
      started("apply", step, "converge"),
      started("apply", step, "destroy"),
    ]),
    ...numbers(STEPS.destroy).flatMap((step) => [
      destroyDone(step, "destroy"),
      destroyDone(step, "converge"),
      started("destroy", step, "destroy"),
      started("destroy", step, "converge"),
    ]),
    countSteps,
  ],
};

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function applyDone(step: number, after: After): Case {
  return {
    name: `apply killed after ${step} steps, then ${after}`,
    run: async (bench) => {
      const file = await bench.write("lab.yaml", mixed(LAB));
      await killAt(bench.start(["apply", file]), (running) => running.says(afterSteps(step)));
      await goOn(bench, file, after);
    },
  };
}

function destroyDone(step: number, after: After): Case {
  return {
    name: `destroy killed after ${step} steps, then ${after}`,
    run: async (bench) => {
      const file = await bench.write("lab.yaml", mixed(LAB));
      await bench.converge(file);
      await killAt(bench.start(["destroy", LAB]), (running) => running.says(afterSteps(step)));
      await goOn(bench, file, after);
    },
  };
}

function started(command: "apply" | "destroy", step: number, after: After): Case {
  return {
    name: `${command} killed as step ${step} begins, then ${after}`,
    run: async (bench) => {
      const file = await bench.write("lab.yaml", mixed(LAB));
      if (command === "destroy") await bench.converge(file);
      await killWhenStarted([command, command === "apply" ? file : LAB], bench.directory, step);
      await goOn(bench, file, after);
    },
  };
}

/** The lists above are as long as the lab's plans. */
const countSteps: Case = {
  name: "the number of steps",
  run: async (bench) => {
    const file = await bench.write("lab.yaml", mixed(LAB));
    const applied = await bench.run(["apply", file]);
    const destroyed = await bench.run(["destroy", LAB]);
    const counts = { apply: stepsDone(applied.stderr).length, destroy: stepsDone(destroyed.stderr).length };
    if (counts.apply !== STEPS.apply || counts.destroy !== STEPS.destroy) {
      bench.find("undone", `the lab has ${JSON.stringify(counts)} steps and not ${JSON.stringify(STEPS)}`);
    }
    await bench.wantNoTrace();
  },
};

async function goOn(bench: Bench, file: string, after: After): Promise<void> {
  if (after === "converge") {
    await bench.converge(file);
    await bench.measure(file);
  }
  await bench.destroy(LAB);
}
