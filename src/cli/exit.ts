import type { Diagnostic } from "../topology/diagnostic.ts";

/** What corebed's exit codes mean; beyond 2 they follow sysexits(3). */
export const EXIT = {
  ok: 0,
  /** An expectation failed, or a regression was found. */
  failed: 1,
  /** `plan`: changes wait. */
  changes: 2,
  usage: 64,
  badInput: 65,
  /** The host cannot do it. */
  unavailable: 69,
  bug: 70,
  /** `ci`: the machine was not free in time; the same command may work later. */
  busy: 75,
  /** `ci`: the time limit passed, as timeout(1) has it. */
  timeLimit: 124,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with this code; `message` (if any) goes to standard error first. */
export class Exit extends Error {
  readonly code: ExitCode;
  /** What is wrong with the file, where that is why; the reader has been told. */
  readonly diagnostics: readonly Diagnostic[];
  constructor(code: ExitCode, message = "", diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.name = "Exit";
    this.code = code;
    this.diagnostics = diagnostics;
  }
}
