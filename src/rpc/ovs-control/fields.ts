/** Thrown by the parsers of this folder: the text is not what OVS 3.1 writes. */
export class OvsTextError extends Error {
  override readonly name = "OvsTextError";
}

/** The number that `pattern` captures in `text`; {@link OvsTextError} naming `field` if it is not there. */
export function numberAt(text: string, pattern: RegExp, field: string): number {
  const value = optionalNumberAt(text, pattern);
  if (value === undefined) throw new OvsTextError(`no ${field} in ${JSON.stringify(text.slice(0, 200))}`);
  return value;
}

/** The number that `pattern` captures in `text`, or `undefined` if it is absent or, as OVS writes an unknown count, a `?`. */
export function optionalNumberAt(text: string, pattern: RegExp): number | undefined {
  const value = Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}

/** Cuts `text` before each match of `heading` (with the flag `g`); text before the first is dropped. */
export function sections(
  text: string,
  heading: RegExp,
): readonly { readonly heading: RegExpExecArray; readonly body: string }[] {
  const headings = [...text.matchAll(heading)];
  return headings.map((match, i) => ({
    heading: match,
    body: text.slice(match.index + match[0].length, headings[i + 1]?.index ?? text.length),
  }));
}
