import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Result } from "../../src/measure/result.ts";
import type { Trial } from "../../src/measure/trial.ts";
import { answers, type Daemon, freePort, startDaemon } from "./support/daemon.ts";
import { eventually } from "./support/eventually.ts";
import { takeTurn } from "./support/turn.ts";

const run = promisify(execFile);
const corebed = (...args: readonly string[]) => run("bin/corebed", args, { timeout: 120_000 });

const LAB = `srv-${process.pid}`;
const TOPOLOGY = `
name: ${LAB}
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
datapath: vhost-user
# Ports count the warm-up too, so there is none: their increase is then what the result says.
traffic: { frame: 64, rate: max, duration: 1s, warmup: 0ms }
`;

/** More than the rings of two ports hold. */
const RING_PACKETS = 20_000;
const MINUTE_MS = 60_000;

const started: Daemon[] = [];
let turn: AsyncDisposable | undefined;
let directory = "";
let topology = "";
let metricsUrl = "";
let prometheusUrl = "";

beforeAll(async () => {
  turn = await takeTurn();
  directory = await mkdtemp(join(tmpdir(), "corebed-serve-"));
  topology = join(directory, "lab.yaml");
  await writeFile(topology, TOPOLOGY);
  const serve = start("bin/corebed", ["serve", "--listen", ":0", "--json"]);
  const { url, port } = JSON.parse(await firstLine(serve)) as { readonly url: string; readonly port: number };
  metricsUrl = url;
  prometheusUrl = await startPrometheus(port);
});

afterAll(async () => {
  await Promise.all(started.map((daemon) => daemon[Symbol.asyncDispose]()));
  await corebed("destroy", LAB);
  await turn?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test("Prometheus sees what the result file says", { timeout: 240_000 }, async () => {
  await corebed("apply", topology, "--fold-cores");
  const received = `corebed_chain_received_packets_total{lab="${LAB}",chain="main"}`;
  const sent = `corebed_chain_sent_packets_total{lab="${LAB}",chain="main"}`;
  await until("the lab is scraped and up", async () => (await query(`corebed_lab_up{lab="${LAB}"}`)) === 1);
  expect([await query(received), await query(sent)]).toEqual([0, 0]);
  const pmdPackets = (await query(`corebed_pmd_packets_total{lab="${LAB}"}`)) ?? 0;

  const out = join(directory, "result.json");
  await corebed("run", topology, "--fold-cores", "--keep", "--trials", "1", "--out", out);
  const finished = Date.now() / 1e3;
  const result = JSON.parse(await readFile(out, "utf8")) as Result;
  // A trial that was disturbed is repeated: the counters of the ports have them all.
  const trials = result.arms[0]?.trials ?? [];
  const total = (figure: (trial: Trial) => number | undefined) =>
    trials.reduce((sum, trial) => sum + (figure(trial) ?? Number.NaN), 0);
  const receivedInTrials = total(({ chains }) => chains[0]?.received);
  const sentInTrials = total(({ chains }) => chains[0]?.sent);
  expect(receivedInTrials).toBeGreaterThan(10_000);

  const scraped = async () => ((await query(`timestamp(${received})`)) ?? 0) > finished;
  await until("a scrape began after the run", scraped);
  // The generator's ceiling is found while the sink is frozen: only what waits in its ring comes on top.
  expect(await query(received)).toBeGreaterThanOrEqual(receivedInTrials);
  expect(await query(received)).toBeLessThan(receivedInTrials + RING_PACKETS);
  const hop = `lab="${LAB}",chain="main",hop="0"`;
  const atLeast = async (series: string, figure: number) =>
    expect(await query(series), series).toBeGreaterThanOrEqual(figure);
  await atLeast(sent, sentInTrials);
  await atLeast(
    `sum(corebed_hop_dropped_packets_total{${hop}})`,
    total(({ chains }) => chains[0]?.ledger.dropped),
  );
  await atLeast(`corebed_hop_packets_total{${hop}}`, receivedInTrials);
  await atLeast(`corebed_switch_port_receive_packets_total{${hop},nf="gen"}`, sentInTrials);
  await atLeast(`corebed_nf_port_receive_bytes_total{${hop},nf="sink"}`, receivedInTrials * 64);
  await atLeast(`corebed_pmd_packets_total{lab="${LAB}"}`, pmdPackets + total(({ pmds }) => pmds[0]?.packets));
  await atLeast(
    `corebed_pmd_busy_cycles_total{lab="${LAB}"}`,
    total(({ pmds }) => pmds[0]?.busyCycles),
  );
  expect(await query(`corebed_core_owner_info{lab="${LAB}",owner="switch"}`)).toBe(1);
});

test("promtool finds nothing to criticise", async () => {
  const checked = await check(await (await fetch(metricsUrl)).text());
  expect(checked).toEqual({ code: 0, output: "" });
});

test("a lab that is frozen is down at once and up again with its counters where they were", async () => {
  const containers = ["gen", "sink", "switch"].map((name) => `corebed.${LAB}.${name}`);
  const series = `corebed_chain_received_packets_total{lab="${LAB}",chain="main",datapath="vhost-user"}`;
  const before = await value(series);
  expect(before).toBeGreaterThan(0);
  await run("docker", ["pause", ...containers]);
  expect(await value(`corebed_lab_up{lab="${LAB}"}`)).toBe(0);
  expect(await value(series)).toBeUndefined();
  await run("docker", ["unpause", ...containers]);
  await until("the lab answers again", async () => (await value(`corebed_lab_up{lab="${LAB}"}`)) === 1);
  expect(await value(series)).toBe(before);
});

test("an NF that hangs takes neither the scrape nor the others with it", async () => {
  const { stdout } = await run("docker", ["inspect", "--format", "{{.State.Pid}}", `corebed.${LAB}.sink`]);
  const pid = Number(stdout);
  process.kill(pid, "SIGSTOP");
  try {
    const text = await scrape({ "X-Prometheus-Scrape-Timeout-Seconds": "1" });
    expect(valueIn(text, `corebed_nf_up{lab="${LAB}",nf="sink"}`)).toBe(0);
    expect(valueIn(text, `corebed_nf_up{lab="${LAB}",nf="gen"}`)).toBe(1);
    expect(valueIn(text, "corebed_scrape_duration_seconds")).toBeLessThan(2);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("a destroyed lab leaves no series", async () => {
  const all = `count({lab="${LAB}"})`;
  // The newest scrape may be of when an NF was frozen or hung.
  await until("all of its series are there", async () => ((await query(all)) ?? 0) > 20);
  await corebed("destroy", LAB);
  await until("its series are gone", async () => (await query(all)) === undefined);
  expect(await scrape()).not.toContain(LAB);
});

test("a port in use is refused with a reason", async () => {
  const { port } = new URL(metricsUrl);
  const refused = await corebed("serve", "--listen", `127.0.0.1:${port}`).catch((error) => error);
  expect([refused.code, refused.stdout]).toEqual([69, ""]);
  expect(refused.stderr).toContain(`listen on 127.0.0.1:${port}: something else listens there already`);
});

test("Ctrl-C ends it well", async () => {
  const serve = start("bin/corebed", ["serve", "--listen", ":0"]);
  expect(await firstLine(serve)).toMatch(/^Metrics at http:\/\/127\.0\.0\.1:\d+\/metrics \(Ctrl-C ends\)$/);
  serve.child.kill("SIGINT");
  const [code] = await once(serve.child, "exit");
  expect(code).toBe(0);
});

/** A child of this test, which ends with it. */
function start(command: string, args: readonly string[]): Daemon {
  const daemon = startDaemon(command, args);
  started.push(daemon);
  return daemon;
}

async function firstLine({ child, stdout }: Daemon): Promise<string> {
  return eventually(
    () => {
      const [line = "", ...rest] = stdout().split("\n");
      if (rest.length === 0 && child.exitCode !== null) throw new Error(`it ended without a line of output: ${line}`);
      return rest.length > 0 && line;
    },
    { what: `${child.spawnfile} writes a line`, timeoutMs: MINUTE_MS },
  );
}

/** Debian's prometheus, on loopback, with its own configuration and database. */
async function startPrometheus(target: number): Promise<string> {
  const config = join(directory, "prometheus.yml");
  const scrape = { job_name: "corebed", static_configs: [{ targets: [`127.0.0.1:${target}`] }] };
  await writeFile(config, JSON.stringify({ global: { scrape_interval: "250ms" }, scrape_configs: [scrape] }));
  const address = `127.0.0.1:${await freePort()}`;
  const database = join(directory, "prometheus");
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${database}`, `--web.listen-address=${address}`];
  const prometheus = start("prometheus", args);
  const url = `http://${address}`;
  await answers(prometheus, `${url}/-/ready`);
  return url;
}

/** The value of the one series that the expression gives now; undefined if there is none. */
async function query(expression: string): Promise<number | undefined> {
  const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = (await response.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  expect(data.result.length, expression).toBeLessThan(2);
  const found = data.result[0]?.value[1];
  return found === undefined ? undefined : Number(found);
}

async function scrape(headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(metricsUrl, { headers });
  expect(response.status).toBe(200);
  return response.text();
}

/** What corebed itself says now. */
async function value(series: string): Promise<number | undefined> {
  return valueIn(await scrape(), series);
}

function valueIn(text: string, series: string): number | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

async function check(exposition: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const promtool = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  promtool.stdout.on("data", (chunk) => (output += chunk));
  promtool.stderr.on("data", (chunk) => (output += chunk));
  promtool.stdin.end(exposition);
  const [code] = (await once(promtool, "close")) as [number | null];
  return { code, output };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  await eventually(holds, { what, timeoutMs: MINUTE_MS, intervalMs: 100 });
}
