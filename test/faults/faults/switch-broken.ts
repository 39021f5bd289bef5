import { command } from "../../integration/support/command.ts";
import { switchProcess } from "../../integration/support/switch-process.ts";
import { type Injury, injureAndDestroy, injureIdle, injureTrial } from "../during-trial.ts";
import type { Case, Fault } from "../fault.ts";

const LAB = "fault-switch";
const CONTAINER = `corebed.${LAB}.switch`;

async function signal(program: "ovsdb-server" | "ovs-vswitchd", name: NodeJS.Signals): Promise<void> {
  process.kill(await switchProcess(LAB, program), name);
}

interface Way {
  readonly happen: Injury["happen"];
  /** What corebed has to say of the switch's container. */
  readonly cause: string;
}

/** The container ends with whichever of its programs ends, and says so. */
const ENDED = "exited with code 1;[^]*ovsdb-server or ovs-vswitchd ended by itself";

const WAYS: Readonly<Record<string, Way>> = {
  "container killed": {
    happen: async () => void (await command("docker", "kill", CONTAINER)),
    cause: "was killed \\(SIGKILL\\)",
  },
  "container removed": {
    happen: async () => void (await command("docker", "rm", "--force", CONTAINER)),
    cause: "was removed",
  },
  "container paused": { happen: async () => void (await command("docker", "pause", CONTAINER)), cause: "is paused" },
  "vswitchd crashed": { happen: () => signal("ovs-vswitchd", "SIGSEGV"), cause: ENDED },
  "vswitchd stuck": {
    happen: () => signal("ovs-vswitchd", "SIGSTOP"),
    cause: "runs, but ovs-vswitchd does not answer",
  },
  "database crashed": { happen: () => signal("ovsdb-server", "SIGSEGV"), cause: ENDED },
  "database stuck": {
    happen: () => signal("ovsdb-server", "SIGSTOP"),
    cause: "runs, but its database does not answer",
  },
};

/** The switch and its two programs. */
export const switchBroken: Fault = {
  name: "switch-broken",
  what: "the switch's container killed, removed or paused, its vswitchd or its database made to crash (SIGSEGV) or stopped (SIGSTOP), while a trial is measured and between trials",
  few: 1,
  cases: () =>
    Object.entries(WAYS).flatMap(([way, { happen, cause }]): readonly Case[] => {
      // The database only keeps settings: packets flow on without it.
      const harmless = way === "database stuck";
      const injury: Injury = {
        lab: LAB,
        happen,
        cause: new RegExp(`the container of the switch ${cause}`),
        // Its database, bridge and flows are things of their own.
        mended: /\b(switch|bridge|flows|switch-config):/,
        harmless,
      };
      return [
        { name: `${way} during a trial`, run: (bench) => injureTrial(bench, injury) },
        { name: `${way} before a run`, run: (bench) => injureIdle(bench, injury) },
        { name: `${way} before destroy`, run: (bench) => injureAndDestroy(bench, injury) },
      ];
    }),
};
