import { h } from "./dom.js";

/** Text in the first column heads its row; figures stand right. */
export function table(caption, head, rows, cells) {
  const isFigure = (index) => index > 0 && head[index] !== "Arm" && head[index] !== "Remark" && head[index] !== "Over";
  const side = (index) => (isFigure(index) ? "right" : undefined);
  return h(
    "div",
    { class: "scroll", role: "group", "aria-label": caption, tabindex: 0 },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((text, index) => h("th", { scope: "col", class: side(index) }, text)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            cells(row).map((cell, index) =>
              index === 0 ? h("th", { scope: "row" }, String(cell)) : h("td", { class: side(index) }, String(cell)),
            ),
          ),
        ),
      ),
    ),
  );
}
