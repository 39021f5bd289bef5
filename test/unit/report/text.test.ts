import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { barChart } from "../../../src/report/bar-chart.ts";
import { hanging, wrap } from "../../../src/report/text.ts";

const ASCII = { width: 40, color: false, unicode: false };

describe("wrap", () => {
  test("keeps every word in order, and lines that could be shorter short", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1 })),
        fc.integer({ min: 1, max: 60 }),
        (parts, width) => {
          const words = parts
            .join(" ")
            .split(" ")
            .filter((word) => word !== "");
          const lines = wrap(parts.join(" "), width);
          expect(lines.flatMap((line) => line.split(" "))).toEqual(words);
          for (const line of lines) expect(line.length <= width || !line.includes(" ")).toBe(true);
        },
      ),
    );
  });
});

test("a marked sentence hangs under its beginning", () => {
  expect(hanging("! ", "Packets went missing between the switch and the sink.", ASCII)).toEqual([
    "! Packets went missing between the",
    "  switch and the sink.",
  ]);
});

describe("a bar chart", () => {
  test("draws to one scale, and something for everything above zero", () => {
    const bars = [
      { label: "a", value: 0.001, text: "0.001" },
      { label: "long", value: 2, text: "2.00" },
      { label: "none", value: 0, text: "0" },
      { label: "half", value: 1, text: "1.00" },
    ];
    expect(barChart(bars, ASCII)).toEqual([
      "a     #  0.001",
      "long  ###########################  2.00",
      "none  0",
      "half  ##############  1.00",
    ]);
    expect(barChart(bars, { ...ASCII, width: 20, unicode: true })).toEqual([
      "a     \u258f  0.001",
      "long  \u2588\u2588\u2588\u2588\u2588\u2588\u2588  2.00",
      "none  0",
      "half  \u2588\u2588\u2588\u258c  1.00",
    ]);
  });

  test("of nothing but zeros, or of nothing, is no error", () => {
    expect(barChart([{ label: "a", value: 0, text: "0" }], ASCII)).toEqual(["a  0"]);
    expect(barChart([], ASCII)).toEqual([]);
  });
});
