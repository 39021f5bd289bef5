import { ceilingOf, HEIGHT, linePath, WIDTH } from "./chart.js";
import { h, s } from "./dom.js";
import { latency, rate } from "./format.js";

/** Packets per second of a chain over the last three minutes. */
export function throughputChart(points, at, { receivedPps, droppedPps }) {
  return chart(points, at, rate, `Packets per second: now ${rate(receivedPps)} received, ${rate(droppedPps)} dropped`, [
    { key: "receivedPps", label: "received", line: undefined },
    { key: "droppedPps", label: "dropped", line: "drops" },
  ]);
}

/** Its latency. */
export function latencyChart(points, at, { p50Ns, p99Ns }) {
  return chart(points, at, latency, `Latency: now p50 ${latency(p50Ns)}, p99 ${latency(p99Ns)}`, [
    { key: "p50Ns", label: "latency p50", line: undefined },
    { key: "p99Ns", label: "latency p99", line: "high" },
  ]);
}

function chart(points, at, format, label, lines) {
  const known = points.flatMap((point) => lines.map(({ key }) => point[key]).filter((value) => value !== undefined));
  const ceiling = ceilingOf(known);
  return h(
    "figure",
    {},
    h(
      "figcaption",
      {},
      lines.map(({ label: text, line }) =>
        h(
          "span",
          {},
          s(
            "svg",
            { class: "key", viewBox: "0 0 28 8", "aria-hidden": "true" },
            s("path", { class: line, d: "M1 4H27" }),
          ),
          text,
        ),
      ),
    ),
    h(
      "div",
      { class: "axis", "aria-hidden": "true" },
      h("span", {}, known.length === 0 ? "no packets yet" : format(ceiling)),
    ),
    s(
      "svg",
      {
        class: "plot",
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": label,
      },
      lines.map(({ key, line }) =>
        s("path", {
          class: line,
          d: linePath(
            points.map((point) => ({ at: point.at, value: point[key] })),
            at,
            ceiling,
          ),
        }),
      ),
    ),
    h("div", { class: "axis", "aria-hidden": "true" }, h("span", {}, "3 min ago"), h("span", {}, "now")),
  );
}
