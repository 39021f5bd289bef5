import { thinned } from "./chart.js";
import { h, s } from "./dom.js";
import { latency, rate, timeOfDay, UNKNOWN } from "./format.js";
import { latencyChart, throughputChart } from "./plots.js";
import { table } from "./table.js";
import { APPS, STATES } from "./words.js";

/** Points in the table that stands for the charts. */
const TABLE_POINTS = 12;

/** Every lab with its chains; `history` holds the charts' points by `LAB/CHAIN`. */
export function labsSection({ labs, docker, at }, history) {
  if (!docker) return [h("p", { class: "bad" }, "The Docker engine does not answer, so labs cannot be found.")];
  if (labs.length === 0) {
    return [
      h("p", { class: "muted" }, "No lab is up on this host. ", h("code", {}, "corebed apply FILE"), " brings one up."),
    ];
  }
  return labs.map((lab) =>
    h(
      "div",
      { class: "lab", "data-key": lab.name, "data-lab": lab.name },
      h("h3", {}, `${lab.name}: `, h("span", { class: lab.state === "silent" ? "bad" : "muted" }, labState(lab))),
      lab.chains.map((chain) => chainPart(chain, history[`${lab.name}/${chain.name}`] ?? [], at, lab.name)),
    ),
  );
}

function labState({ state }) {
  if (state === "stopped") return "stopped, or frozen until its turn comes";
  return state === "silent" ? "something in it does not answer" : "running";
}

function chainPart(chain, points, at, lab) {
  const { name, nfs, hops } = chain;
  return h(
    "div",
    { class: "chain", "data-key": name, "data-chain": name },
    h("h4", {}, `Chain ${name}`),
    h("p", { class: "figures" }, chainFigures(chain)),
    h(
      "ol",
      { class: "path", "aria-label": `Path of chain ${name}` },
      nfs.flatMap((nf, index) => [nfBox(nf), hopBox(hops[index])]),
    ),
    h("div", { class: "charts" }, throughputChart(points, at, chain), latencyChart(points, at, chain)),
    h(
      "details",
      {},
      h("summary", {}, "Hops and charts as tables"),
      table(`Hops of ${lab}, chain ${name}`, ["Hop", "Over", "Packets", "Dropped", "Where"], hops, (hop) => [
        `${hop.from} to ${hop.to}`,
        hop.datapath,
        rate(hop.pps),
        rate(hop.droppedPps),
        reasons(hop) || UNKNOWN,
      ]),
      table(
        `The last three minutes of ${lab}, chain ${name}`,
        ["Time", "Received", "Dropped", "Latency p50", "Latency p99"],
        thinned(points, TABLE_POINTS).reverse(),
        (point) => [
          timeOfDay(point.at),
          rate(point.receivedPps),
          rate(point.droppedPps),
          latency(point.p50Ns),
          latency(point.p99Ns),
        ],
      ),
    ),
  );
}

/** A chain in a line; whatever is not known is left out, as nothing is of one that is frozen. */
function chainFigures({ sentPps, receivedPps, droppedPps, p50Ns, p99Ns }) {
  if (sentPps === undefined && receivedPps === undefined)
    return [h("span", { class: "muted" }, "No figures at present")];
  const drops = droppedPps > 0 ? h("span", { class: "bad" }, `${rate(droppedPps)} dropped`) : "nothing dropped";
  const latencies = p50Ns === undefined ? "" : `, latency p50 ${latency(p50Ns)}, p99 ${latency(p99Ns)}`;
  return [
    `${rate(sentPps)} sent, ${rate(receivedPps)} received, `,
    droppedPps === undefined ? "drops not known" : drops,
    latencies,
  ];
}

function nfBox({ name, app, cpu, state }) {
  return h(
    "li",
    { class: "nf", "data-state": state },
    h("strong", {}, name),
    h("small", {}, `${APPS[app] ?? app}, CPU ${cpu}`),
    state === "up" ? undefined : h("small", { class: state === "silent" ? "bad" : undefined }, STATES[state]),
  );
}

function hopBox(hop) {
  if (hop === undefined) return undefined;
  const { datapath, pps, droppedPps } = hop;
  return h(
    "li",
    { class: "hop", "data-hop": `${hop.from}-${hop.to}` },
    h("span", { class: "pps" }, rate(pps)),
    s(
      "svg",
      { class: "arrow", viewBox: "0 0 96 10", preserveAspectRatio: "xMaxYMid slice", "aria-hidden": "true" },
      s("path", { d: "M0 5H95M90 1l5 4-5 4" }),
    ),
    h("small", {}, datapath),
    droppedPps > 0 ? h("span", { class: "bad" }, `${rate(droppedPps)} dropped: ${reasons(hop)}`) : undefined,
  );
}

/** Where packets were dropped, in words: `switch_transmit` is `switch transmit`. */
function reasons({ drops }) {
  return drops.map(({ reason }) => reason.replaceAll("_", " ")).join(", ");
}
