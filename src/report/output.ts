/** What the place that text goes to can show. The caller finds out; nothing here asks the terminal. */
export interface Output {
  /** Columns; no line is longer, except for a single word that is. */
  readonly width: number;
  readonly color: boolean;
  /** Without it the text is plain ASCII. */
  readonly unicode: boolean;
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  magenta: [35, 39],
} as const;
export type Style = keyof typeof CODES;

/** Text in a style, or as it is where there is no colour. */
export function paint(style: Style, text: string, output: Pick<Output, "color">): string {
  const [on, off] = CODES[style];
  return output.color && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}
