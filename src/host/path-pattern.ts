/** Whether a path, or a part of one, is a pattern: `*` is the only sign that means something. */
export function isPattern(text: string): boolean {
  return text.includes("*");
}

/** Whether a path is one of those that a pattern stands for, as a shell would have it: `*` meets no slash, and no dot at the beginning of a name. */
export function matches(pattern: string, path: string): boolean {
  const [patterns, names] = [pattern.split("/"), path.split("/")];
  return patterns.length === names.length && patterns.every((part, i) => matchesName(part, names[i] ?? ""));
}

function matchesName(pattern: string, name: string): boolean {
  if (!isPattern(pattern)) return pattern === name;
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
