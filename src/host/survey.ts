import { type Host, HostError, type RunResult } from "./host.ts";
import { isPattern, matches } from "./path-pattern.ts";

/** What is to be looked at, all at once. In patterns `*` stands for any name in one directory that does not begin with a dot, or for a part of one. */
export interface SurveyRequest {
  /** Files whose text is wanted. */
  readonly files?: readonly string[];
  /** Things that are only to be named, if they are there. */
  readonly names?: readonly string[];
  /** Short programs that change nothing and end by themselves. */
  readonly commands?: readonly (readonly string[])[];
}

/** What was found. What is not there, or cannot be read, is left out. */
export interface Survey {
  readonly texts: ReadonlyMap<string, string>;
  readonly names: ReadonlySet<string>;
  /** In the order of the commands; undefined where there is no such program. */
  readonly outputs: readonly (RunResult | undefined)[];
}

/** The calls of `Host` that look at one thing. */
export type Looker = Pick<Host, "name" | "read" | "list" | "run">;

const COMMAND_TIMEOUT_MS = 10_000;

/** A survey made of single looks: for hosts where each of them costs nothing. */
export async function surveyOneByOne(host: Looker, request: SurveyRequest): Promise<Survey> {
  const { files = [], names = [], commands = [] } = request;
  const [paths, found, outputs] = await Promise.all([
    // Whether the file at the end of a path is there shows when it is read.
    expanded(host, files, false),
    expanded(host, names, true),
    Promise.all(commands.map((argv) => output(host, argv))),
  ]);
  const texts = await Promise.all(
    paths.map(async (path) => [path, await host.read(path).catch(unlessHostError)] as const),
  );
  return {
    texts: new Map(texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const]))),
    names: new Set(found),
    outputs,
  };
}

async function expanded(host: Looker, patterns: readonly string[], lookUp: boolean): Promise<readonly string[]> {
  const listed = new Map<string, Promise<readonly string[]>>();
  const list = (path: string): Promise<readonly string[]> => {
    const known = listed.get(path) ?? host.list(path === "" ? "/" : path).then((names) => names ?? [], none);
    listed.set(path, known);
    return known;
  };
  return (await Promise.all([...new Set(patterns)].map((pattern) => expand(list, pattern, lookUp)))).flat();
}

async function expand(
  list: (path: string) => Promise<readonly string[]>,
  pattern: string,
  lookUp: boolean,
): Promise<readonly string[]> {
  const segments = pattern.split("/").slice(1);
  let paths = [""];
  for (const [i, segment] of segments.entries()) {
    const isListed = isPattern(segment) || (lookUp && i === segments.length - 1);
    const next = paths.map(async (path) => {
      if (!isListed) return [`${path}/${segment}`];
      return (await list(path)).filter((name) => matches(segment, name)).map((name) => `${path}/${name}`);
    });
    paths = (await Promise.all(next)).flat();
  }
  return paths;
}

function none(error: unknown): readonly string[] {
  if (error instanceof HostError) return [];
  throw error;
}

function unlessHostError(error: unknown): undefined {
  if (!(error instanceof HostError)) throw error;
}

async function output(host: Looker, argv: readonly string[]): Promise<RunResult | undefined> {
  return await host.run(argv, { timeoutMs: COMMAND_TIMEOUT_MS }).catch(unlessHostError);
}
