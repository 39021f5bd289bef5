import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Column, table } from "../../../src/report/table.ts";

const plain = (width: number) => ({ width, color: false, unicode: false });
const COLUMNS: readonly Column[] = [
  { header: "NF" },
  { header: "container id", short: "id", drop: 1 },
  { header: "packets", align: "right" },
  { header: "drops", align: "right", drop: 2 },
];
const ROWS = [
  ["generator", "0123456789ab", "12", "3"],
  ["sink", "ba9876543210", "1234567", "0"],
];

describe("a table", () => {
  test("aligns text left and numbers right", () => {
    expect(table(COLUMNS, ROWS, plain(80))).toEqual({
      lines: [
        "NF         container id  packets  drops",
        "generator  0123456789ab       12      3",
        "sink       ba9876543210  1234567      0",
      ],
      dropped: [],
    });
  });

  test("moves columns together, then leaves some out, then cuts text", () => {
    expect(table(COLUMNS, ROWS, plain(37)).lines[1]).toBe("generator 0123456789ab      12     3");
    expect(table(COLUMNS, ROWS, plain(35))).toMatchObject({
      lines: { 1: "generator      12     3" },
      dropped: ["container id"],
    });
    expect(table(COLUMNS, ROWS, plain(20))).toMatchObject({
      lines: { 1: "generator      12" },
      dropped: ["container id", "drops"],
    });
    expect(table(COLUMNS, ROWS, plain(14)).lines).toEqual(["NF     packets", "gener~      12", "sink   1234567"]);
  });

  test("uses short headers before anything else", () => {
    const columns: Column[] = [{ header: "a long header", short: "short" }, { header: "b" }];
    expect(table(columns, [["1", "2"]], plain(14)).lines).toEqual(["short  b", "1      2"]);
  });

  test("of no rows is its header", () => {
    expect(table(COLUMNS, [], plain(80)).lines).toEqual(["NF  container id  packets  drops"]);
  });

  test("never is wider than asked, whatever the text cells hold, and keeps numbers whole", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, fc.nat())), fc.integer({ min: 24, max: 100 }), (rows, width) => {
        const columns: Column[] = [{ header: "a" }, { header: "b" }, { header: "n", align: "right" }];
        const { lines } = table(
          columns,
          rows.map(([a, b, n]) => [a, b, String(n)]),
          plain(width),
        );
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        rows.forEach(([, , n], index) => {
          expect(lines[index + 1]?.endsWith(String(n))).toBe(true);
        });
      }),
    );
  });
});
