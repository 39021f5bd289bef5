import { describe, expect, it } from "vitest";
import { formatDiagnostic, formatDiagnostics } from "../../../src/topology/code-frame.ts";
import type { Diagnostic, SourceFile } from "../../../src/topology/diagnostic.ts";

function source(text: string): SourceFile {
  return { file: "lab.yaml", text, locate: () => ({ file: "lab.yaml", line: 1, column: 1, length: 1 }) };
}

function diagnostic(line: number, column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic {
  const span = { file: "lab.yaml", line, column, length };
  return { severity: "error", code: "x", message: "wrong", help: "mend it", span, related: [], ...more };
}

const plain = { color: false, width: 60 };

function frame(text: string, line: number, column: number, length: number, width = 60): readonly string[] {
  return formatDiagnostic(diagnostic(line, column, length), source(text), { color: false, width }).split("\n");
}

describe("a frame", () => {
  it("shows place, line, mark and help", () => {
    expect(formatDiagnostic(diagnostic(2, 3, 4), source("one\n  four five\n"), plain)).toBe(
      ["error: wrong", "  --> lab.yaml:2:3", "   |", " 2 |   four five", "   |   ^^^^", "   = help: mend it"].join(
        "\n",
      ),
    );
  });

  it("keeps the mark under the text behind tabs, wide and combining characters", () => {
    expect(frame("\ta\tb", 1, 4, 1).slice(3, 5)).toEqual([" 1 |     a   b", "   |         ^"]);
    expect(frame("主机: b", 1, 5, 1).slice(3, 5)).toEqual([" 1 | 主机: b", "   |       ^"]);
    expect(frame("e\u0301: b", 1, 5, 1).slice(3, 5)).toEqual([" 1 | e\u0301: b", "   |    ^"]);
    expect(frame("a: 主", 1, 4, 1)[4]).toBe("   |    ^^");
  });

  it("shows control characters and no line end", () => {
    expect(frame("a\u001b[2J\u202eb\r\nc", 1, 1, 1)[3]).toBe(" 1 | a␛[2J\ufffdb");
  });

  it("marks the place behind the last character", () => {
    expect(frame("abc", 1, 4, 0)[4]).toBe("   |    ^");
    expect(frame("", 1, 1, 0).slice(3, 5)).toEqual([" 1 |", "   | ^"]);
  });

  it("windows a long line around the mark", () => {
    const line = `${"a".repeat(50_000)}HERE${"b".repeat(50_000)}`;
    const [, , , text, mark] = frame(line, 1, 50_001, 4);
    expect(text).toBe(` 1 | …${"a".repeat(24)}HERE${"b".repeat(25)}…`);
    expect(mark).toBe(`   | ${" ".repeat(25)}^^^^`);
    expect(frame(line, 1, 1, 4)[3]).toBe(` 1 | ${"a".repeat(53)}…`);
    expect(frame(line, 1, 100_004, 1)[3]).toBe(` 1 | …${"b".repeat(53)}`);
  });

  it("is never wider than asked, whatever is marked", () => {
    const line = `${"主".repeat(300)}\t${"x".repeat(300)}`;
    for (const width of [40, 41, 80]) {
      for (const [column, length] of [
        [1, 1],
        [1, 601],
        [150, 300],
        [301, 1],
        [601, 1],
        [602, 0],
      ] as const) {
        const lines = frame(line, 1, column, length, width);
        const columns = lines.map((each) => each.replaceAll("主", "xx").length);
        expect(Math.max(...columns)).toBeLessThanOrEqual(width);
        expect(lines[4]).toMatch(/\^/);
      }
    }
  });

  it("wraps messages", () => {
    const long = diagnostic(1, 1, 1, { message: "word ".repeat(20).trim(), help: `${"x".repeat(100)}` });
    const lines = formatDiagnostic(long, source("a"), plain).split("\n");
    expect(lines.every((line) => line.length <= 60)).toBe(true);
    expect(lines[1]).toMatch(/^ {2}word/);
  });

  it("goes without the text where it has none", () => {
    expect(formatDiagnostic(diagnostic(3, 1, 1), undefined, plain)).toBe(
      "error: wrong\n  --> lab.yaml:3:1\n   = help: mend it",
    );
    expect(formatDiagnostic({ ...diagnostic(1, 1, 1), span: undefined }, undefined, plain)).toBe(
      "error: wrong\n  = help: mend it",
    );
    expect(formatDiagnostic(diagnostic(9, 1, 1), source("a"), plain)).toBe(
      "error: wrong\n  --> lab.yaml:9:1\n   = help: mend it",
    );
  });

  it("has colour only when asked", () => {
    const text = formatDiagnostic(diagnostic(1, 1, 1, { severity: "warning" }), source("a"), {
      color: true,
      width: 60,
    });
    expect(text).toContain("\u001b[1;33mwarning\u001b[0m");
    expect(text).toContain("\u001b[1;33m^\u001b[0m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
    expect(text.replaceAll(/\u001b\[[\d;]*m/g, "")).toBe(
      formatDiagnostic(diagnostic(1, 1, 1, { severity: "warning" }), source("a"), plain),
    );
  });
});

describe("a list", () => {
  const count = (...list: Diagnostic[]) => formatDiagnostics(list, source("a\nb\nc"), plain).split("\n").at(-1);

  it("is in the order of the file and ends in a count", () => {
    const list = [diagnostic(3, 1, 1, { message: "third" }), diagnostic(1, 1, 1, { message: "first" })];
    const text = formatDiagnostics(list, source("a\nb\nc"), plain);
    expect(text.indexOf("first")).toBeLessThan(text.indexOf("third"));
    expect(text).toMatch(/\n\n2 errors$/);
  });

  it("counts in words", () => {
    const warning = diagnostic(1, 1, 1, { severity: "warning" });
    expect(count(diagnostic(1, 1, 1))).toBe("1 error");
    expect(count(diagnostic(1, 1, 1), warning)).toBe("1 error, 1 warning");
    expect(count(warning, warning)).toBe("2 warnings");
    expect(formatDiagnostics([], undefined, plain)).toBe("");
  });

  it("stops at the limit, and leaves warnings out first", () => {
    const list = [
      diagnostic(1, 1, 1, { severity: "warning", message: "soft" }),
      diagnostic(2, 1, 1),
      diagnostic(3, 1, 1),
    ];
    const text = formatDiagnostics(list, source("a\nb\nc"), { ...plain, limit: 2 });
    expect(text).not.toContain("soft");
    expect(text).toMatch(/2 errors, 1 warning; the first 2 are shown$/);
  });
});
