/** Making the host ready failed: what was attempted, why, and what a person can do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
  readonly attempted: string;
  readonly reason: string;
  readonly hint: string | undefined;

  constructor(attempted: string, reason: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(`${attempted}: ${reason}${options.hint === undefined ? "" : `\n  ${options.hint}`}`, {
      cause: options.cause,
    });
    this.attempted = attempted;
    this.reason = reason;
    this.hint = options.hint;
  }
}

/** The last lines of a program's output, for an error. */
export function tail(text: string, lines = 15): string {
  return text
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .map((line) => `\n  | ${line}`)
    .join("");
}
