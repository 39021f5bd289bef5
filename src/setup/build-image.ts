import { Readable } from "node:stream";
import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { DockerError, toDockerError } from "../host/docker-error.ts";
import { engineMessages } from "../host/docker-messages.ts";
import { type TarFile, tarOf } from "./tar.ts";

/** Both images build in one or two minutes; a mirror may be slow. */
const BUILD_TIMEOUT_MS = 15 * 60_000;
/** Of a failing step's output, as many lines as help. */
const TOLD_LINES = 20;

export interface ImageBuild {
  readonly reference: string;
  /** The build context; its `Dockerfile` is built. */
  readonly files: readonly TarFile[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly arguments?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of the build's output; steps begin with `Step 1/7 : `. */
  readonly onLine?: (line: string) => void;
}

/** Builds an image with the engine's own builder and gives its id. A `DockerError` tells the step that failed and the end of its output. */
export async function buildImage(docker: Docker, build: ImageBuild): Promise<string> {
  const attempted = `build image ${build.reference}`;
  const timeout = AbortSignal.timeout(BUILD_TIMEOUT_MS);
  const signal = build.signal === undefined ? timeout : AbortSignal.any([timeout, build.signal]);
  const output = new StepOutput(build.onLine);
  let id: string | undefined;
  try {
    const stream = await docker.buildImage(Readable.from([tarOf(build.files)]), {
      t: build.reference,
      labels: build.labels ?? {},
      buildargs: { ...proxyArguments(process.env), ...build.arguments },
      nocache: build.noCache ?? false,
      rm: true,
      forcerm: true,
      abortSignal: signal,
    });
    for await (const message of engineMessages(attempted, stream)) {
      if (message.stream !== undefined) output.take(message.stream);
      id = message.aux?.ID ?? id;
    }
    output.end();
  } catch (error) {
    if (signal.aborted) {
      throw new DockerError(
        attempted,
        build.signal?.aborted ? "aborted" : `not done in ${BUILD_TIMEOUT_MS / 60_000} min`,
      );
    }
    throw failedStep(attempted, toDockerError(attempted, error), output);
  }
  return id ?? (await attempt(attempted, () => docker.getImage(build.reference).inspect())).Id;
}

/** The proxies of the environment, as `docker build` hands them on. The engine knows these names and keeps their values out of the image's history. */
export function proxyArguments(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value ? [[name, value]] : [];
    }),
  );
}

function failedStep(attempted: string, error: DockerError, output: StepOutput): DockerError {
  if (output.step === undefined) return error;
  const tail = output.lines.slice(-TOLD_LINES).map((line) => `\n  | ${line}`);
  return new DockerError(attempted, `${output.step} failed: ${error.reason}${tail.join("")}`, {
    statusCode: error.statusCode,
    cause: error,
  });
}

/** Follows a build's output: which step runs, and what it has said so far. */
class StepOutput {
  /** `step 3/7, RUN apt-get update`. */
  step: string | undefined;
  lines: string[] = [];
  #partial = "";
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  take(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#partial !== "") this.#line(this.#partial);
    this.#partial = "";
  }

  #line(line: string): void {
    const text = line.replaceAll("\r", "");
    const step = /^Step (\d+\/\d+) : (.*)$/.exec(text);
    if (step !== null) {
      this.step = `step ${step[1]}, ${step[2]},`;
      this.lines = [];
    } else if (text.trim() !== "") {
      this.lines.push(text);
    }
    this.#onLine?.(text);
  }
}
