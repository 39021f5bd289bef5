import { command } from "../../integration/support/command.ts";
import { switchProcess } from "../../integration/support/switch-process.ts";
import { type Injury, injureAndDestroy, injureIdle, injureTrial } from "../during-trial.ts";
import type { Case, Fault } from "../fault.ts";

const LAB = "fault-switch";
const CONTAINER = `corebed.${LAB}.switch`;

async function signal(program: "ovsdb-server" | "ovs-vswitchd", name: NodeJS.Signals): Promise<void> {
  process.kill(await switchProcess(LAB, program), name);
}

const WAYS: Readonly<Record<string, Injury["happen"]>> = {
  "container killed": async () => void (await command("docker", "kill", CONTAINER)),
  "container removed": async () => void (await command("docker", "rm", "--force", CONTAINER)),
  "container paused": async () => void (await command("docker", "pause", CONTAINER)),
  "vswitchd crashed": () => signal("ovs-vswitchd", "SIGSEGV"),
  "vswitchd stuck": () => signal("ovs-vswitchd", "SIGSTOP"),
  "database crashed": () => signal("ovsdb-server", "SIGSEGV"),
  "database stuck": () => signal("ovsdb-server", "SIGSTOP"),
};

/** The switch and its two programs. */
export const switchBroken: Fault = {
  name: "switch-broken",
  what: "the switch's container killed, removed or paused, its vswitchd or its database made to crash (SIGSEGV) or stopped (SIGSTOP), while a trial is measured and between trials",
  few: 1,
  cases: () =>
    Object.entries(WAYS).flatMap(([way, happen]): readonly Case[] => {
      // The database only keeps settings: packets flow on without it.
      const harmless = way === "database stuck";
      const injury = { lab: LAB, happen, cause: /switch|OVSDB|ovs-vswitchd/, harmless };
      return [
        { name: `${way} during a trial`, run: (bench) => injureTrial(bench, injury) },
        { name: `${way} before a run`, run: (bench) => injureIdle(bench, injury) },
        { name: `${way} before destroy`, run: (bench) => injureAndDestroy(bench, injury) },
      ];
    }),
};
