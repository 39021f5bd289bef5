import { StringDecoder } from "node:string_decoder";
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
  const decoder = new StringDecoder("utf8");
  let partial = "";
  try {
    for await (const chunk of stream) {
      const lines = (partial + decoder.write(chunk as Buffer)).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) if (line.trim() !== "") yield parse(attempted, line);
    }
    if (partial.trim() !== "") yield parse(attempted, partial);
  } catch (error) {
    throw toDockerError(attempted, error);
  }
}

function parse(attempted: string, line: string): EngineMessage {
  const message = JSON.parse(line) as EngineMessage & { readonly error?: string };
  if (message.error !== undefined) throw new DockerError(attempted, message.error.trim());
  return message;
}
