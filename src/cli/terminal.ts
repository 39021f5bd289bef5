import type { Output } from "../report/output.ts";

/** What the stream can show: colour and line drawing on a terminal only, and not against NO_COLOR (no-color.org) or a C locale. */
export function outputOf(stream: NodeJS.WriteStream): Output {
  const { NO_COLOR, TERM, LC_ALL, LC_CTYPE, LANG } = process.env;
  const terminal = stream.isTTY === true;
  const locale = LC_ALL || LC_CTYPE || LANG || "";
  return {
    width: Math.min(terminal ? stream.columns || 80 : 100, 120),
    color: terminal && (NO_COLOR === undefined || NO_COLOR === "") && TERM !== "dumb",
    unicode: terminal && /utf-?8/i.test(locale),
  };
}

const copies = new Set<(text: string) => void>();

/** Has everything that is told from now on written there as well, until it is disposed of. */
export function copyOutput(write: (text: string) => void): Disposable {
  copies.add(write);
  return { [Symbol.dispose]: () => void copies.delete(write) };
}

/** A result, to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
  for (const write of copies) write(text);
}

/** A result for programs, to standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Anything that is not the result, to standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
  for (const write of copies) write(text);
}
