import { type Host, HostError } from "./host.ts";
import { isPattern, matches } from "./path-pattern.ts";
import type { Looker, Survey, SurveyRequest } from "./survey.ts";

/**
 * A host of which much has been looked at already, in one go: what was foreseen is answered from that, the rest by the host. So whoever reads need not know of it, and
 * a host far away is asked once instead of a hundred times. Patterns that end with `/*` answer for the listing of their directory, too.
 */
export async function foreseen(
  host: Pick<Host, "survey">,
  request: SurveyRequest,
  fallback: Looker,
): Promise<Looker & Pick<Host, "survey">> {
  // An empty directory shows only by itself.
  const directories = (request.names ?? []).filter((name) => name.endsWith("/*")).map((name) => name.slice(0, -2));
  const found = await host.survey({ ...request, names: [...(request.names ?? []), ...directories] });
  const commands = new Map((request.commands ?? []).map((argv, i) => [argv.join("\0"), found.outputs[i]]));
  return {
    name: fallback.name,
    survey: (next) => host.survey(next),
    read: async (path) => (covers(request.files, path) ? found.texts.get(path) : fallback.read(path)),
    list: async (path) => (covers(directories, path) ? listed(found, path) : fallback.list(path)),
    run: async (argv, options) => {
      const key = argv.join("\0");
      if (!commands.has(key)) return fallback.run(argv, options);
      const result = commands.get(key);
      if (result !== undefined) return result;
      throw new HostError(fallback.name, `run ${argv.join(" ")}`, `no such program: ${argv[0]}`);
    },
  };
}

function covers(patterns: readonly string[] = [], path: string): boolean {
  return patterns.some((pattern) => (isPattern(pattern) ? matches(pattern, path) : pattern === path));
}

function listed({ names }: Survey, path: string): readonly string[] | undefined {
  if (!names.has(path)) return undefined;
  const start = `${path}/`;
  const own = [...names].filter((name) => name.startsWith(start) && !name.includes("/", start.length));
  return own.map((name) => name.slice(start.length)).toSorted();
}
