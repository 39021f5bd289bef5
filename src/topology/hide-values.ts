import { textLines } from "./text-lines.ts";
import { readYaml, type YamlNode } from "./yaml-tree.ts";

/** Stands for a value that is nobody else's business. */
export const HIDDEN = "(hidden)";

/**
 * The text of a topology with the values of all `env:` hidden, for what leaves this machine: results and reports. The rest stays as it is, to the byte;
 * text that is no YAML of ours has no environment that anyone could have been given. Hiding twice changes nothing.
 */
export function hideValues(text: string): string {
  const { tree } = readYaml("", textLines(text));
  const extents = environments(tree)
    .flatMap((env) => (env.kind === "map" ? env.entries.map(({ value }) => value) : []))
    .filter(({ from, to }) => to > from)
    .toSorted((a, b) => b.from - a.from);
  return extents.reduce((hidden, { from, to }) => {
    const lineEnds = /\s*$/.exec(hidden.slice(from, to))?.[0] ?? "";
    return `${hidden.slice(0, from)}"${HIDDEN}"${lineEnds}${hidden.slice(to)}`;
  }, text);
}

/** Whether values of the text were hidden. */
export function hasHidden(text: string): boolean {
  const { tree } = readYaml("", textLines(text));
  return environments(tree).some(
    (env) => env.kind === "map" && env.entries.some(({ value }) => value.kind === "scalar" && value.value === HIDDEN),
  );
}

function environments(tree: YamlNode | undefined): readonly YamlNode[] {
  return under(tree, "nfs").flatMap((nfs) =>
    nfs.kind === "map" ? nfs.entries.flatMap(({ value }) => under(value, "env")) : [],
  );
}

function under(node: YamlNode | undefined, key: string): readonly YamlNode[] {
  return node?.kind === "map" ? node.entries.filter((entry) => entry.key === key).map(({ value }) => value) : [];
}
