/** Text that is HTML already. Only `html` and `trusted` make it, so that nothing gets on a page unescaped by accident. */
export interface Markup {
  readonly markup: string;
}

/** What can stand in a template: text is escaped, lists are joined, `undefined` and `false` are nothing. */
export type Content = string | number | Markup | undefined | false | readonly Content[];

/** HTML with values put in, which are escaped unless they are markup themselves. Attributes must be in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return { markup: parts.map((part, index) => part + markupOf(values[index])).join("") };
}

/** Text made here that is HTML already: style sheets, scripts and pictures. */
export function trusted(markup: string): Markup {
  return { markup };
}

function markupOf(value: Content): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number") return String(value);
  return "markup" in value ? value.markup : value.map(markupOf).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text as HTML and SVG show it. Characters that neither allows and those that turn the direction of writing around are left out: a name in a file can then not
 * make a line read as another.
 */
export function escapeText(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n]|\p{Bidi_Control}|\p{Cs}|[\uFFFE\uFFFF]/gu, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
