import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Writes the Grafana dashboards under monitoring/grafana/dashboards. They are made here, since the JSON that Grafana wants repeats itself too much to be
 * kept right by hand; a test wants the files to be what this makes.
 */

interface Query {
  readonly expr: string;
  readonly legend?: string;
  readonly format?: "time_series" | "table" | "heatmap";
  readonly instant?: boolean;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: "timeseries" | "stat" | "heatmap" | "table" | "bargauge";
  readonly unit?: string;
  readonly width: number;
  readonly height: number;
  readonly queries: readonly Query[];
  readonly options?: unknown;
  readonly transformations?: readonly unknown[];
  readonly stacked?: boolean;
  readonly max?: number;
}

interface Variable {
  readonly name: string;
  readonly label: string;
  readonly query: string;
}

const SOURCE = { type: "prometheus", uid: "corebed-prometheus" };
const LAB = '{lab="$lab"}';
const BY_LABEL: Readonly<Record<string, string>> = { core: "CPU", owner: "owner", Value: "busy" };

/** CPUs with the names of their hosts, where a lab is on several: a table is joined by one label. */
function onHosts(expr: string): string {
  return `label_join(${expr}, "core", " ", "host", "core")`;
}

const labPanels: readonly Panel[] = [
  stat("Lab", "Whether every NF and the switch answer.", `corebed_lab_up${LAB}`, "bool_yes_no"),
  stat(
    "Delivered",
    "Packets per second that reached the ends of the chains.",
    `sum(lab_chain:corebed_received_packets:rate10s${LAB})`,
    "pps",
  ),
  stat(
    "Dropped",
    "Share of the packets sent that were dropped on the way.",
    `max(lab_chain:corebed_dropped_packets:ratio_rate10s${LAB})`,
    "percentunit",
  ),
  stat("Huge pages free", "Of the default size, on the whole host.", "corebed_hugepages_free", "short"),
  {
    title: "Core map",
    description:
      "Which CPU polls for whom, and how busy the kernel saw it; a thread that polls is busy with or without packets.",
    type: "table",
    unit: "percentunit",
    width: 8,
    height: 8,
    queries: [
      { expr: onHosts(`max by (host, core, owner) (corebed_core_owner_info${LAB})`), format: "table", instant: true },
      {
        expr: onHosts(
          `sum by (host, core) (rate(corebed_core_cpu_seconds_total{mode="busy"}[10s])) and on (host, core) corebed_core_owner_info${LAB}`,
        ),
        format: "table",
        instant: true,
      },
    ],
    transformations: [
      { id: "joinByField", options: { byField: "core", mode: "outer" } },
      {
        id: "organize",
        options: {
          excludeByName: { Time: true, "Time 1": true, "Time 2": true, "Value #A": true },
          renameByName: { ...BY_LABEL, "Value #B": "busy" },
        },
      },
    ],
  },
  lines(
    "Throughput by chain",
    "Packets per second that left the last NF's port of each chain, beside those sent.",
    "pps",
    16,
    [
      { expr: `lab_chain:corebed_received_packets:rate10s${LAB}`, legend: "{{chain}} delivered" },
      { expr: `lab_chain:corebed_sent_packets:rate10s${LAB}`, legend: "{{chain}} sent" },
    ],
  ),
  lines("Throughput by hop", "Packets per second that arrived at the far end of each hop.", "pps", 12, [
    { expr: `lab_chain_hop:corebed_packets:rate10s${LAB}`, legend: "{{chain}} hop {{hop}} {{datapath}}" },
  ]),
  {
    ...lines(
      "Drops by reason",
      "Packets per second dropped, by hop and by the place that dropped them (docs/metrics.md).",
      "pps",
      12,
      [
        {
          expr: `lab_chain_hop_reason:corebed_dropped_packets:rate10s${LAB}`,
          legend: "{{chain}} hop {{hop}} {{reason}}",
        },
      ],
    ),
    stacked: true,
  },
  {
    title: "Latency",
    description: "One-way latency of the packets of all chains: how many per bucket.",
    type: "heatmap",
    unit: "s",
    width: 12,
    height: 8,
    queries: [
      {
        expr: `sum by (le) (increase(corebed_chain_latency_seconds_bucket${LAB}[10s]))`,
        legend: "{{le}}",
        format: "heatmap",
      },
    ],
    options: { calculate: false, yAxis: { unit: "s" }, color: { mode: "scheme", scheme: "Oranges", steps: 64 } },
  },
  lines("Latency percentiles", "99th percentile of the last 10 s, and the median, by chain.", "s", 12, [
    { expr: `lab_chain:corebed_latency_seconds:p99_rate10s${LAB}`, legend: "{{chain}} p99" },
    {
      expr: `histogram_quantile(0.5, sum by (lab, chain, le) (rate(corebed_chain_latency_seconds_bucket${LAB}[10s])))`,
      legend: "{{chain}} p50",
    },
  ]),
  {
    ...lines("PMD usage", "Share of each PMD thread's cycles in iterations that had packets.", "percentunit", 8, [
      { expr: `lab_core:corebed_pmd_busy_cycles:ratio_rate10s${LAB}`, legend: "CPU {{core}}" },
    ]),
    max: 1,
  },
  lines("PMD cycles per packet", "TSC cycles for one pass of a packet through the switch.", "short", 8, [
    { expr: `lab_core:corebed_pmd_cycles_per_packet:rate10s${LAB}`, legend: "CPU {{core}}" },
  ]),
  lines("Switch lookups", "Which cache of the switch answered, per second.", "ops", 8, [
    { expr: `sum by (cache) (rate(corebed_pmd_lookup_hits_total${LAB}[10s]))`, legend: "{{cache}}" },
    { expr: `sum(rate(corebed_pmd_upcalls_total${LAB}[10s]))`, legend: "slow path" },
  ]),
  {
    ...lines("NF usage", "Share of each NF worker's cycles in polls that had packets.", "percentunit", 8, [
      { expr: `lab_nf_core:corebed_worker_busy_cycles:ratio_rate10s${LAB}`, legend: "{{nf}} on CPU {{core}}" },
    ]),
    max: 1,
  },
  {
    ...lines(
      "CPU time",
      "What the kernel saw the lab's CPUs do; steal is what the hypervisor took.",
      "percentunit",
      8,
      [
        {
          expr: `sum by (host, core, mode) (rate(corebed_core_cpu_seconds_total[10s])) and on (host, core) corebed_core_owner_info${LAB}`,
          legend: "CPU {{host}} {{core}} {{mode}}",
        },
      ],
    ),
    max: 1,
  },
  lines(
    "Out of order, twice, foreign",
    "Packets of the trial that came late (RFC 4737), more than once, or without a stamp, per second.",
    "pps",
    8,
    [
      {
        expr: `sum by (chain) (rate(corebed_chain_reordered_packets_total${LAB}[10s]))`,
        legend: "{{chain}} reordered",
      },
      {
        expr: `sum by (chain) (rate(corebed_chain_duplicate_packets_total${LAB}[10s]))`,
        legend: "{{chain}} duplicate",
      },
      { expr: `sum by (chain) (rate(corebed_chain_foreign_packets_total${LAB}[10s]))`, legend: "{{chain}} foreign" },
    ],
  ),
];

const ofTopology = '{topology="$topology"}';
const resultPanels: readonly Panel[] = [
  bars(
    "Throughput",
    "Median of the latest result.",
    "pps",
    `corebed_result_throughput_packets_per_second{topology="$topology",bound="median"}`,
  ),
  bars(
    "Throughput against the first arm",
    "Ratio of the medians.",
    "none",
    `corebed_result_throughput_ratio${ofTopology}`,
  ),
  bars(
    "Latency, median",
    "Of the packets, one way.",
    "s",
    `corebed_result_latency_seconds{topology="$topology",percentile="50"}`,
  ),
  bars(
    "Latency, 99th percentile",
    "Of the packets, one way.",
    "s",
    `corebed_result_latency_seconds{topology="$topology",percentile="99"}`,
  ),
  bars(
    "Loss",
    "Packets lost by packets offered, median.",
    "percentunit",
    `corebed_result_loss_ratio{topology="$topology",bound="median"}`,
  ),
  bars("Trials", "How many could be used.", "none", `corebed_result_trials{topology="$topology",state="usable"}`),
  {
    ...lines(
      "Throughput from run to run",
      "Median, lowest and highest trial of each result as it came in.",
      "pps",
      24,
      [{ expr: `corebed_result_throughput_packets_per_second${ofTopology}`, legend: "{{arm}} {{bound}}" }],
    ),
  },
  {
    title: "Expectations",
    description: "Which lines of expect: held in the latest result: 1 held, 0 did not.",
    type: "table",
    width: 24,
    height: 6,
    queries: [{ expr: `corebed_result_expectation_passed${ofTopology}`, format: "table", instant: true }],
    transformations: [
      {
        id: "organize",
        options: {
          excludeByName: { Time: true, __name__: true, instance: true, job: true, topology: true },
          renameByName: { Value: "held" },
        },
      },
    ],
  },
];

/** The dashboards by the names of their files. */
export const DASHBOARDS: Readonly<Record<string, unknown>> = {
  "lab.json": dashboard("corebed-lab", "corebed: a lab", labPanels, {
    name: "lab",
    label: "Lab",
    query: "label_values(corebed_lab_up, lab)",
  }),
  "results.json": dashboard("corebed-results", "corebed: results compared", resultPanels, {
    name: "topology",
    label: "Topology",
    query: "label_values(corebed_result_info, topology)",
  }),
};

function stat(title: string, description: string, expr: string, unit: string): Panel {
  return {
    title,
    description,
    type: "stat",
    unit,
    width: 6,
    height: 4,
    queries: [{ expr }],
    options: { reduceOptions: { calcs: ["lastNotNull"] } },
  };
}

function lines(title: string, description: string, unit: string, width: number, queries: readonly Query[]): Panel {
  return { title, description, type: "timeseries", unit, width, height: 8, queries };
}

function bars(title: string, description: string, unit: string, expr: string): Panel {
  return {
    title,
    description,
    type: "bargauge",
    unit,
    width: 12,
    height: 7,
    queries: [{ expr, legend: "{{arm}}", instant: true }],
    options: { orientation: "horizontal", displayMode: "basic", reduceOptions: { calcs: ["lastNotNull"] } },
  };
}

function dashboard(uid: string, title: string, panels: readonly Panel[], { name, label, query }: Variable): unknown {
  return {
    uid,
    title,
    tags: ["corebed"],
    editable: true,
    schemaVersion: 41,
    version: 1,
    refresh: "5s",
    time: { from: "now-15m", to: "now" },
    timezone: "browser",
    templating: {
      list: [
        {
          name,
          label,
          type: "query",
          datasource: SOURCE,
          query: { query, refId: "variable" },
          refresh: 2,
          sort: 1,
          includeAll: false,
          multi: false,
        },
      ],
    },
    panels: placed(panels),
  };
}

/** Panels from left to right, in lines of Grafana's 24 columns. */
function placed(panels: readonly Panel[]): readonly unknown[] {
  let [x, y, lineHeight] = [0, 0, 0];
  return panels.map((panel, place) => {
    if (x + panel.width > 24) {
      y += lineHeight;
      [x, lineHeight] = [0, 0];
    }
    const gridPos = { x, y, w: panel.width, h: panel.height };
    x += panel.width;
    lineHeight = Math.max(lineHeight, panel.height);
    return {
      id: place + 1,
      title: panel.title,
      description: panel.description,
      type: panel.type,
      datasource: SOURCE,
      gridPos,
      fieldConfig: {
        defaults: {
          ...(panel.unit === undefined ? {} : { unit: panel.unit }),
          min: 0,
          ...(panel.max === undefined ? {} : { max: panel.max }),
          ...(panel.stacked === true ? { custom: { stacking: { mode: "normal" }, fillOpacity: 30 } } : {}),
        },
        overrides: [],
      },
      options: panel.options ?? {},
      transformations: panel.transformations ?? [],
      targets: panel.queries.map((query, index) => ({
        refId: String.fromCharCode(65 + index),
        datasource: SOURCE,
        expr: query.expr,
        ...(query.legend === undefined ? {} : { legendFormat: query.legend }),
        format: query.format ?? "time_series",
        ...(query.instant === true ? { instant: true, range: false } : { range: true }),
      })),
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of Object.entries(DASHBOARDS)) {
    const path = new URL(`../monitoring/grafana/dashboards/${name}`, import.meta.url);
    writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
  }
}
