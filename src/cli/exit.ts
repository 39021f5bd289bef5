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
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with this code; `message` (if any) goes to standard error first. */
export class Exit extends Error {
  readonly code: ExitCode;
  constructor(code: ExitCode, message = "") {
    super(message);
    this.name = "Exit";
    this.code = code;
  }
}
