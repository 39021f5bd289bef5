import { spawn } from "node:child_process";
import { once } from "node:events";
import { becomeRoot } from "../setup/root.ts";
import { EXIT, Exit } from "./exit.ts";
import type { HostOption } from "./host-option.ts";
import { note } from "./terminal.ts";

/**
 * Goes on only as root: an ordinary user's corebed is started again through sudo, with the terminal handed over, and this one ends with its exit code.
 * Called first by every command that changes the host or looks into a lab's sockets.
 */
export async function requireRoot({ host }: HostOption = {}): Promise<void> {
  // On another machine it is root who acts there, whoever runs corebed here.
  if (host !== undefined) return;
  const decision = becomeRoot({
    uid: process.getuid?.() ?? 0,
    sudoInstalled: await isSudoInstalled(),
    interactive: process.stdin.isTTY === true,
    startedAgain: process.env.COREBED_STARTED_AGAIN !== undefined,
    command: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
  });
  if (decision.kind === "go") return;
  if (decision.kind === "refuse") {
    throw new Exit(EXIT.unavailable, `error: ${decision.reason}`);
  }
  note(decision.say);
  const [program = "", ...args] = decision.argv;
  // The signals of a terminal reach the child by themselves; this process only waits to pass its exit code on.
  process.on("SIGINT", () => {});
  const [code] = (await once(spawn(program, args, { stdio: "inherit" }), "exit")) as [number | null];
  process.exit(code ?? EXIT.interrupted);
}

async function isSudoInstalled(): Promise<boolean> {
  if (process.getuid?.() === 0) return false;
  const [code] = (await once(
    spawn("sudo", ["-V"], { stdio: "ignore" }).on("error", () => {}),
    "close",
  ).catch(() => [1])) as [number];
  return code === 0;
}
