import { formatCount, formatPercent } from "../../measure/quantity.ts";
import type { Result } from "../../measure/result.ts";
import { hygieneTable } from "./hygiene-table.ts";
import { html, type Markup } from "./markup.ts";

const GIB = 2 ** 30;

type Item = readonly [string, string | undefined | false];

/** The host, the versions, the settings, and what the machine did while it measured. */
export function environment(result: Result, heading: "h3" | "h4"): Markup {
  const titled = (title: string) => (heading === "h3" ? html`<h3>${title}</h3>` : html`<h4>${title}</h4>`);
  return html`${titled("Host")}
${list(hostItems(result))}
${titled("Versions")}
${list(versionItems(result))}
${titled("Settings")}
${list(settingItems(result))}
${titled("What the CPUs did meanwhile")}
${hygieneTable(result.arms)}`;
}

function list(items: readonly Item[]): Markup {
  const shown = items.filter(([, value]) => value !== undefined && value !== false && value !== "");
  return html`<dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

function hostItems({ host }: Result): readonly Item[] {
  const { cpus, memory, hugePages, os } = host;
  return [
    ["Name", host.hostname],
    ["Reached by", host.address],
    ["System", `${os.prettyName}, Linux ${os.kernel}, ${os.architecture}`],
    ["Machine", host.virtualisation === undefined ? "bare metal" : `${host.virtualisation} guest`],
    ["CPUs", `${cpus.usable.length} of ${cpus.model}`],
    ["Isolated CPUs", cpus.isolated.length === 0 ? "none" : cpus.isolated.join(", ")],
    ["Threads of one core", cpus.smtSiblings.map((group) => group.join(" + ")).join(", ")],
    ["NUMA nodes", cpus.numaNodes.map(({ node, cpus: own }) => `${node}: CPU ${own.join(", ")}`).join("; ")],
    ["Frequency governor", cpus.governor ?? "not visible"],
    ["Memory", `${Math.round(memory.totalBytes / GIB)} GiB`],
    ["Huge pages", `${formatCount(hugePages.total)} of ${formatCount(hugePages.pageKib)} KiB`],
    [
      "Time taken by the hypervisor",
      host.stealRatio !== undefined && `${formatPercent(host.stealRatio)} before it began`,
    ],
    ["Control groups", host.cgroup],
  ];
}

function versionItems({ versions }: Result): readonly Item[] {
  return [
    ["corebed", versions.corebed],
    ["Open vSwitch", versions.ovs],
    ["DPDK", versions.dpdk],
    ["Docker", versions.docker],
    ["Linux", versions.kernel],
    ["Node", versions.node],
    ...Object.entries(versions.images).map(([name, reference]): Item => [`Image ${name}`, reference]),
  ];
}

const ORDERS: Readonly<Record<Result["orderKind"], string>> = {
  abba: "in turns, every other round backwards",
  random: "in turns, each round in an order drawn by lot",
};

function settingItems(result: Result): readonly Item[] {
  const { method, arms } = result;
  const { kind, ...parameters } = method;
  const told = Object.entries(parameters).map(
    ([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  return [
    ["Begun", result.startedAt],
    ["Ended", result.finishedAt],
    ["Method", `${kind}: ${told.join(", ")}`],
    ["Warm-up before each trial", arms[0] && `${arms[0].traffic.warmupMs} ms`],
    ["Burst of the generator", arms[0] && `${arms[0].traffic.burst} packets at most`],
    ["Order of trials", arms.length > 1 && ORDERS[result.orderKind]],
    ["Seed", String(result.seed)],
    ["Folded onto fewer CPUs", arms.some(({ cpus }) => cpus.folded) ? "yes" : "no"],
  ];
}
