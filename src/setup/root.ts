/** What must happen before a command that changes the host can run. */
export type RootDecision =
  | { readonly kind: "go" }
  /** Run the whole of corebed again by this command, with the terminal handed over. */
  | { readonly kind: "again"; readonly argv: readonly string[]; readonly say: string }
  | { readonly kind: "refuse"; readonly reason: string };

/**
 * Commands that change the host (`doctor --fix`, `apply`, `run`, …) run as root, all of corebed or nothing: no single command is slipped through sudo,
 * and corebed never asks for a password. An ordinary user's corebed starts itself again through sudo, which asks on the terminal if it must; where there is
 * no terminal sudo must not ask, and where there is no sudo the user is told.
 */
export function becomeRoot(situation: {
  readonly uid: number;
  readonly sudoInstalled: boolean;
  /** Standard input is a terminal. */
  readonly interactive: boolean;
  /** Set in what was already started again. */
  readonly startedAgain: boolean;
  /** Where this process can be heard by what it starts. */
  readonly starter: string;
  /** `process.execPath`, `process.execArgv` and `process.argv.slice(1)`. */
  readonly command: readonly string[];
}): RootDecision {
  const { uid, sudoInstalled, interactive, startedAgain, starter, command } = situation;
  if (uid === 0) return { kind: "go" };
  if (!sudoInstalled || startedAgain) {
    return { kind: "refuse", reason: "this command changes the host: run it as root or with sudo" };
  }
  return {
    kind: "again",
    argv: ["sudo", ...(interactive ? [] : ["-n"]), "env", `COREBED_STARTED_AGAIN=${starter}`, ...command],
    say: "this needs root: going on through sudo",
  };
}
