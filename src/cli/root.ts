import { spawn } from "node:child_process";
import { once } from "node:events";
import { becomeRoot } from "../setup/root.ts";
import { EXIT, Exit } from "./exit.ts";
import type { HostOption } from "./host-option.ts";
import { followStarter, newStarterName, startAgain } from "./start-again.ts";
import { note } from "./terminal.ts";

/**
 * Goes on only as root: an ordinary user's corebed is started again through sudo, with the terminal handed over; this one
 * passes signals on and ends with its exit code.
 * Called first by every command that changes the host or looks into a lab's sockets.
 */
export async function requireRoot({ host }: HostOption = {}): Promise<void> {
  // On another machine it is root who acts there, whoever runs corebed here.
  if (host !== undefined) return;
  const startedAgainBy = process.env.COREBED_STARTED_AGAIN;
  const interactive = process.stdin.isTTY === true;
  const starter = newStarterName();
  const decision = becomeRoot({
    uid: process.getuid?.() ?? 0,
    sudoInstalled: await isSudoInstalled(),
    interactive,
    startedAgain: startedAgainBy !== undefined,
    starter,
    command: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
  });
  if (decision.kind === "go") {
    if (startedAgainBy !== undefined) follow(startedAgainBy);
    return;
  }
  if (decision.kind === "refuse") {
    throw new Exit(EXIT.unavailable, `error: ${decision.reason}`);
  }
  note(decision.say);
  process.exit(await startAgain(decision.argv, starter, interactive));
}

/** Once, though a lab on several hosts asks for root once for each; and not in what this process starts itself. */
function follow(starter: string): void {
  delete process.env.COREBED_STARTED_AGAIN;
  followStarter(starter);
}

async function isSudoInstalled(): Promise<boolean> {
  if (process.getuid?.() === 0) return false;
  const [code] = (await once(
    spawn("sudo", ["-V"], { stdio: "ignore" }).on("error", () => {}),
    "close",
  ).catch(() => [1])) as [number];
  return code === 0;
}
