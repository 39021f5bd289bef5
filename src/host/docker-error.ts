import { HostError, isLost, LOST } from "./host.ts";

/** The Docker engine refused, or could not be asked: what was attempted, the engine's own words, and what may help. */
export class DockerError extends Error {
  override readonly name = "DockerError";
  readonly attempted: string;
  /** HTTP status of the answer; undefined if there was none. 404: no such thing. 409: in conflict with what is. */
  readonly statusCode: number | undefined;
  /** The engine's message, or why it could not be asked. */
  readonly reason: string;
  /** It took the question and gave no answer within the time that it had. */
  readonly timedOut: boolean;
  /** What a person can do about it, if that is known. */
  readonly hint: string | undefined;

  constructor(
    attempted: string,
    reason: string,
    options: {
      readonly statusCode?: number | undefined;
      readonly cause?: unknown;
      readonly hint?: string;
      readonly timedOut?: boolean;
    } = {},
  ) {
    const hint = options.hint ?? hintFor(options.statusCode, reason);
    super(`docker: ${attempted}: ${reason}${hint === undefined ? "" : ` (${hint})`}`, { cause: options.cause });
    this.attempted = attempted;
    this.statusCode = options.statusCode;
    this.reason = reason;
    this.timedOut = options.timedOut === true;
    this.hint = hint;
  }
}

/** Makes a `DockerError` of whatever dockerode threw. */
export function toDockerError(attempted: string, error: unknown): DockerError {
  if (error instanceof DockerError) return error;
  if (error instanceof HostError) {
    return new DockerError(attempted, `the engine does not answer: ${error.reason}`, {
      cause: error,
      hint: "`corebed doctor` says what is wrong, `corebed doctor --fix` starts the engine",
    });
  }
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ECONNRESET") {
    return new DockerError(attempted, LOST, { cause: error });
  }
  const statusCode = numberAt(error, "statusCode");
  return new DockerError(attempted, engineMessage(error), { statusCode, cause: error });
}

/** Whether the connection to the engine ended under a call, with the engine or with the way to it. Nobody knows then whether the call was carried out. */
export function isDockerLost(error: unknown): boolean {
  return error instanceof DockerError && (error.reason === LOST || isLost(error.cause));
}

/** dockerode's message is "(HTTP code 404) no such container - <the engine's message> ". */
function engineMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (/^\(HTTP code \d+\) .*? - (.*)$/s.exec(text)?.[1] ?? text).trim();
}

function hintFor(statusCode: number | undefined, reason: string): string | undefined {
  if (statusCode === 404 && /no such image/i.test(reason) && /corebed\//.test(reason)) {
    return "`corebed images build` makes it";
  }
  if (statusCode === 404 && /no such image/i.test(reason)) return "pull or build that image first";
  if (statusCode === 409 && /name .* already in use/i.test(reason)) {
    return "another container has that name: remove it, or give the lab another name";
  }
  return undefined;
}

function numberAt(value: unknown, key: string): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found = (value as Record<string, unknown>)[key];
  return typeof found === "number" ? found : undefined;
}
