import { createInterface } from "node:readline";
import { DockerError, toDockerError } from "./docker-error.ts";

/** One line of what the engine says while it pulls, imports or builds. */
export interface EngineMessage {
  /** Output of a build. */
  readonly stream?: string;
  /** Progress of a pull, result of an import. */
  readonly status?: string;
  readonly id?: string;
  readonly aux?: { readonly ID?: string };
}

/**
 * The messages of a pull, import or build, one by one. These calls answer 200 at once and tell their failure in the stream, which is thrown as a
 * `DockerError`; so is a stream that breaks off.
 */
export async function* engineMessages(attempted: string, stream: NodeJS.ReadableStream): AsyncGenerator<EngineMessage> {
  let broken: unknown;
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  // readline does not pass its input's errors on.
  stream.on("error", (error) => {
    broken = error;
    lines.close();
  });
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const message = JSON.parse(line) as EngineMessage & { readonly error?: string };
    if (message.error !== undefined) throw new DockerError(attempted, message.error.trim());
    yield message;
  }
  if (broken !== undefined) throw toDockerError(attempted, broken);
}
