/** A line of source cut to a width, and where the marked part of it is. */
export interface ShownLine {
  readonly text: string;
  readonly markColumn: number;
  readonly markWidth: number;
}

interface Cell {
  readonly text: string;
  readonly width: number;
  /** Whether it stands before the mark, in it or behind it. */
  readonly place: "before" | "mark" | "after";
}

const TAB = 4;

/** Lays a line out in terminal columns: tabs become spaces, control characters visible, and a long line a window around the mark, with `…` where it is cut. */
export function columnsOf(line: string, markOffset: number, markLength: number, width: number): ShownLine {
  // No window is wider than this many code units around the mark, however long the line: combining characters aside, a unit is no less than half a column.
  const reach = width * 4;
  const from = boundary(line, Math.max(0, markOffset - reach));
  const to = boundary(line, Math.min(line.length, markOffset + Math.min(markLength, reach) + reach));
  const cells = cellsOf(line.slice(from, to), markOffset - from, markLength);
  const cutBefore = from > 0;
  const cutAfter = to < line.length;
  const total = widthOf(cells);
  const start = widthOf(cells.filter((cell) => cell.place === "before"));
  const markWidth = widthOf(cells.filter((cell) => cell.place === "mark"));
  if (total <= width && !cutBefore && !cutAfter) {
    return { text: cells.map((cell) => cell.text).join(""), markColumn: Math.min(start, width - 1), markWidth };
  }
  return windowOf(cells, { start, markWidth, total, width, cutBefore, cutAfter });
}

/** Control characters, line separators and what turns the direction of text, made visible. */
export function visible(text: string): string {
  return Array.from(text, visibleCharacter).join("");
}

interface Window {
  readonly start: number;
  readonly markWidth: number;
  readonly total: number;
  readonly width: number;
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

function windowOf(cells: readonly Cell[], window: Window): ShownLine {
  const { start, markWidth, total, width, cutBefore, cutAfter } = window;
  const room = width - 2;
  const slack = Math.max(0, room - markWidth);
  const left = Math.max(0, Math.min(start - Math.floor(slack / 2), total - room));
  const kept: Cell[] = [];
  let column = 0;
  let markColumn = -1;
  let used = 0;
  let marked = 0;
  let last = 0;
  for (const cell of cells) {
    const begins = column;
    column += cell.width;
    if (begins < left) continue;
    if (used + cell.width > room) break;
    if (cell.place === "mark" && markColumn < 0) markColumn = used;
    if (cell.place === "mark") marked += cell.width;
    used += cell.width;
    last = column;
    kept.push(cell);
  }
  const before = left > 0 || cutBefore ? "…" : "";
  const after = last < total || cutAfter ? "…" : "";
  return {
    text: before + kept.map((cell) => cell.text).join("") + after,
    markColumn: before.length + (markColumn < 0 ? Math.min(used, Math.max(0, start - left)) : markColumn),
    markWidth: Math.min(marked, room),
  };
}

function cellsOf(line: string, markOffset: number, markLength: number): readonly Cell[] {
  const cells: Cell[] = [];
  let offset = 0;
  let column = 0;
  for (const character of line) {
    const place = offset < markOffset ? "before" : offset < markOffset + markLength ? "mark" : "after";
    const width = character === "\t" ? TAB - (column % TAB) : columnsOfCharacter(character);
    cells.push({ text: character === "\t" ? " ".repeat(width) : visibleCharacter(character), width, place });
    offset += character.length;
    column += width;
  }
  return cells;
}

function visibleCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  const unseen =
    (code >= 0x80 && code < 0xa0) || (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e);
  const lone = code >= 0xd800 && code <= 0xdfff;
  return unseen || lone || (code >= 0x2066 && code <= 0x2069) ? "\ufffd" : character;
}

/** Best effort: East Asian wide characters and emoji take two columns, combining marks none. */
function columnsOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/^(?:\p{Mn}|\p{Me}|[\u200b-\u200d])$/u.test(character)) return 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0);
}

/** Keeps surrogate pairs whole. */
function boundary(line: string, at: number): number {
  const code = line.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
