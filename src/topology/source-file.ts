import type { KeyPath, SourceFile, Span } from "./diagnostic.ts";
import type { TextLines } from "./text-lines.ts";
import type { Extent, YamlEntry, YamlMap, YamlNode } from "./yaml-tree.ts";

/** A source that can also point inside a text value. */
export interface TopologySource extends SourceFile {
  /** Whether the file gives a value at `path`. */
  readonly has: (path: KeyPath) => boolean;
  /** A part of the text at `path`; the whole value where escapes or line folding keep the text from standing in the file as it is. */
  readonly locateInside: (path: KeyPath, offset: number, length: number) => Span;
}

export function sourceFile(file: string, lines: TextLines, tree?: YamlNode): TopologySource {
  const entryOf = entryFinder();
  const spanOf = (extent: Extent): Span => lines.span(file, extent.from, extent.to);

  /** The value at the path, or where the walk ended, and the key that it hangs on. */
  const walk = (path: KeyPath): { node: YamlNode | undefined; entry: YamlEntry | undefined; whole: boolean } => {
    let node = tree;
    let entry: YamlEntry | undefined;
    for (const step of path) {
      if (node?.kind === "map") {
        const next = entryOf(node, String(step));
        if (next === undefined) return { node, entry, whole: false };
        entry = next;
        node = next.value;
      } else {
        const next: YamlNode | undefined = node?.kind === "list" ? node.items[Number(step)] : undefined;
        if (next === undefined) return { node, entry, whole: false };
        // An item is a place of its own: the key of the list is no longer the nearest.
        entry = undefined;
        node = next;
      }
    }
    return { node, entry, whole: true };
  };

  const locate = (path: KeyPath, part: "key" | "value" = "value"): Span => {
    const { node, entry, whole } = walk(inShortForm(path, tree, entryOf));
    if (node === undefined) return lines.span(file, 0, 0);
    if (entry !== undefined && (part === "key" || !whole || !showsOn(entry))) return spanOf(entry.keyExtent);
    const first = node.kind === "map" ? node.entries[0] : undefined;
    if (first !== undefined && node === tree) return spanOf(first.keyExtent);
    return spanOf(first !== undefined && spanOf(node).line !== lineOfEnd(node) ? first.keyExtent : node);
  };

  /** Values that begin on the line of their key are pointed at; of others, and of nothing, the key says more. */
  const showsOn = (entry: YamlEntry): boolean => {
    const value = spanOf(entry.value);
    return value.length > 0 && (entry.value.kind === "scalar" || value.line === spanOf(entry.keyExtent).line);
  };

  const lineOfEnd = (extent: Extent): number => lines.span(file, Math.max(extent.from, extent.to - 1), extent.to).line;

  const locateInside = (path: KeyPath, offset: number, length: number): Span => {
    const { node, whole } = walk(path);
    if (!whole || node?.kind !== "scalar" || typeof node.value !== "string") return locate(path);
    const { value } = node;
    const quoted = /^["']/.test(lines.text.charAt(node.from)) ? 1 : 0;
    const from = node.from + quoted;
    const standsAsItIs = lines.text.startsWith(value, from) && from + value.length + quoted === node.to;
    return standsAsItIs ? lines.span(file, from + offset, from + offset + length) : locate(path);
  };

  const has = (path: KeyPath): boolean => walk(path).whole;

  return { file, text: lines.text, locate, locateInside, has };
}

/** Looks entries up by name; a map is indexed when it is first asked. */
function entryFinder(): (map: YamlMap, key: string) => YamlEntry | undefined {
  const indexes = new WeakMap<YamlMap, Map<string, YamlEntry>>();
  return (map, key) => {
    let index = indexes.get(map);
    if (index === undefined) {
      index = new Map(map.entries.map((entry) => [entry.key, entry]));
      indexes.set(map, index);
    }
    return index.get(key);
  };
}

/**
 * Later stages need not know which form the user chose: `chains.main.2` and `chains.main.path.2` name the same place, and `cores.1.0` the only owner of
 * CPU 1, list or not.
 */
function inShortForm(path: KeyPath, tree: YamlNode | undefined, entryOf: ReturnType<typeof entryFinder>): KeyPath {
  const [section, name, third, ...rest] = path;
  if (name === undefined || third === undefined || tree?.kind !== "map") return path;
  const all = entryOf(tree, String(section))?.value;
  const value = all?.kind === "map" ? entryOf(all, String(name))?.value : undefined;
  if (section === "cores" && value?.kind === "scalar" && third === 0) return [section, name];
  if (section === "cores" && value?.kind === "map" && rest.length === 1 && rest[0] === 0) {
    const owners = entryOf(value, String(third))?.value;
    return owners?.kind === "scalar" ? [section, name, third] : path;
  }
  if (section !== "chains") return path;
  if (value?.kind === "list" && third === "path") return [section, name, ...rest];
  if (value?.kind === "map" && typeof third === "number") return [section, name, "path", third, ...rest];
  return path;
}
