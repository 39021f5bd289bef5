import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { pair } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import { type Injury, injureIdle, injureTrial } from "../during-trial.ts";
import type { Case, Fault } from "../fault.ts";
import { stepsDone } from "../kill.ts";
import { mixed } from "../labs.ts";
import { endEngine, enginePid, privateHost, startEngine } from "../private-host.ts";

const LAB = "fault-engine";
const CAUSE = /docker|NF |container|engine|switch/;
/** An engine that ends takes its containers with it. What became of them it tells when it is there again. */
const CAUSE_IN_TRIAL =
  /container (of the switch )?(was killed|exited with code \d+)|the Docker engine, .*does not answer|docker: /;
/** The containers are made anew, or the engine is not there yet. */
const MENDED = /\b(nf|switch):|docker: |Docker engine/;
type Signal = "SIGTERM" | "SIGKILL";

/** The Docker engine, which is one of the suite's own. */
export const engineRestarted: Fault = {
  name: "engine-restarted",
  what: "the Docker engine (one of its own) ended (SIGTERM), killed (SIGKILL) and started again, or stopped for 5 s (SIGSTOP), during apply, a trial and destroy and with a lab up",
  few: 1,
  cases: () => [
    ...(["SIGTERM", "SIGKILL"] as const).flatMap((signal): readonly Case[] => [
      ...[1, 7, 9, 12].map((step) => ({
        name: `engine restarted (${signal}) when ${step} steps of apply are done`,
        run: (bench: Bench) => duringCommand(bench, "apply", step, () => restart(signal)),
      })),
      {
        name: `engine restarted (${signal}) during a trial`,
        run: (bench) => injureTrial(bench, restarted(signal)),
      },
      {
        name: `engine restarted (${signal}) with a lab up`,
        run: (bench) => injureIdle(bench, restarted(signal)),
      },
      {
        name: `engine restarted (${signal}) during destroy`,
        run: (bench) => duringCommand(bench, "destroy", 1, () => restart(signal)),
      },
      { name: `engine gone (${signal}) at every command`, run: (bench) => whileGone(bench, signal) },
    ]),
    ...[1, 2, 3, 4].map((count) => ({
      name: `engine killed (SIGKILL) when it has made the processes of ${count} containers`,
      run: (bench: Bench) => whileStarting(bench, count),
    })),
    ...(["apply", "destroy"] as const).map((command) => ({
      name: `engine stopped for 5 s during ${command}`,
      run: (bench: Bench) => duringCommand(bench, command, 1, standStill, [0]),
    })),
  ],
};

function restarted(signal: Signal): Injury {
  return { lab: LAB, happen: () => restart(signal), cause: CAUSE_IN_TRIAL, mended: MENDED };
}

async function restart(signal: Signal): Promise<void> {
  await endEngine(signal);
  await startEngine(privateHost() ?? "");
}

async function standStill(): Promise<void> {
  const pid = await enginePid();
  process.kill(pid, "SIGSTOP");
  await delay(5_000);
  process.kill(pid, "SIGCONT");
}

/** Something happens to the engine when a command has done so many steps. */
async function duringCommand(
  bench: Bench,
  command: "apply" | "destroy",
  step: number,
  happen: () => Promise<void>,
  codes: readonly number[] = [0, 69],
): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  if (command === "destroy") await bench.converge(file);
  const args = command === "apply" ? ["apply", file, "--yes"] : ["destroy", LAB];
  const running = bench.start(args);
  while (stepsDone(running.stderr()).length < step && (await still(running.finished))) await delay(5);
  await happen();
  bench.wantEnd(command, await bench.ended(running, args), codes, CAUSE);
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

/** Where runc(8) writes down that the process of a container is made; it waits then until the engine starts it. */
const MADE = "/run/docker/runtime-runc/moby";

/** An engine killed between the two knows neither process afterwards. */
async function whileStarting(bench: Bench, count: number): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  const running = bench.start(["apply", file, "--yes"]);
  const before = await made();
  while ((await made()) < before + count && (await still(running.finished))) await delay(1);
  await restart("SIGKILL");
  bench.wantEnd("apply", await bench.ended(running, ["apply"]), [0, 69], CAUSE);
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}

async function made(): Promise<number> {
  const ids = await readdir(MADE).catch(() => []);
  return ids.filter((id) => existsSync(`${MADE}/${id}/state.json`)).length;
}

function still(finished: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    finished.then(
      () => false,
      () => false,
    ),
    delay(0, true),
  ]);
}

/** Every command says that the engine is not there, and does nothing. */
async function whileGone(bench: Bench, signal: Signal): Promise<void> {
  const file = await bench.write("lab.yaml", pair(LAB));
  const out = bench.path("result.json");
  await bench.converge(file);
  await endEngine(signal);
  for (const args of [
    ["plan", file],
    ["apply", file, "--yes"],
    ["run", file, "--out", out],
    ["status", LAB],
    ["logs", LAB],
    ["destroy", LAB],
  ]) {
    // A plan can be made without an engine, and says that it is one of a host where nothing is.
    const codes = args[0] === "plan" ? [2, 69] : [69];
    bench.wantEnd(args[0] ?? "", await bench.run(args), codes, /Docker engine|docker: .*engine/);
  }
  await startEngine(privateHost() ?? "");
  await bench.converge(file);
  await bench.measure(file);
  await bench.destroy(LAB);
}
