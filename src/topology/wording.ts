/** What the user wrote, safe to put into a one-line message: quoted, control characters escaped, cut when long. */
export function quote(text: string, most = 40): string {
  const characters = Array.from(text.slice(0, most * 4));
  const cut = characters.length > most || text.length > most * 4;
  const shown = cut ? `${characters.slice(0, most - 1).join("")}…` : text;
  return JSON.stringify(shown).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** A value as the user would know it: `"64B"`, `12`, `a list`, `nothing`. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : String(value);
}

/** `a, b or c`. */
export function anyOf(words: readonly string[], joint = "or"): string {
  if (words.length <= 1) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${joint} ${words.at(-1)}`;
}

/** `a, b, c and 4 more`; `show` is asked for the first ones only. */
export function firstOf(words: readonly string[], show: (word: string) => string, most = 8): string {
  const shown = words.slice(0, most).map(show);
  return words.length <= most ? anyOf(shown, "and") : `${shown.join(", ")} and ${words.length - most} more`;
}

/** A plain value on one line of YAML: `{ app: pktgen }`. */
export function flowYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${flowYaml(item)}`);
    return `{ ${entries.join(", ")} }`;
  }
  if (typeof value !== "string") return String(value);
  return /^[A-Za-z/][\w./:@-]*$|^\d+(?:\.\d+)?[A-Za-z]+$/.test(value) ? value : JSON.stringify(value);
}
