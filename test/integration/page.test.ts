import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunProgress } from "../../src/run/page/run-progress.ts";
import { setUpBed } from "./support/bed.ts";
import { startChromium } from "./support/chromium.ts";
import type { Running } from "./support/corebed.ts";
import { freePort } from "./support/daemon.ts";

const PREFIX = "it-page";
const LAB = `${PREFIX}-${process.pid}`;
const TOPOLOGY = `
name: ${LAB}
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
datapath: vhost-user
traffic: { frame: 64, rate: 200kpps, duration: 3s, warmup: 200ms }
`;
const PROGRESS = "/run/corebed-progress";
/** A second of the page's may take several on a machine that is busy polling. */
const SOON = { timeout: 60_000 };

const bed = setUpBed(PREFIX);
let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
});

test("the page loads with nothing to show, and the console stays empty", { timeout: 300_000 }, async () => {
  const serve = await served(await freePort());
  await using opened = await open(serve.page);
  const { page } = opened;
  await page.locator("#connection[data-state=live]").waitFor(SOON);
  await expect.poll(() => page.locator("main").innerText(), SOON).not.toContain("Waiting for");
  expect(opened.said).toEqual([]);
});

test("a run can be watched, and the page says what the result file says", { timeout: 600_000 }, async () => {
  const topology = await bed.write("lab.yaml", TOPOLOGY);
  const out = join(bed.directory(), "result.json");
  const port = await freePort();
  const serve = await served(port);
  await using opened = await open(serve.page);
  const { page } = opened;
  await page.locator("#connection[data-state=live]").waitFor(SOON);

  const running = bed.start(["run", topology, "--fold-cores", "--trials", "4", "--keep", "--out", out]);
  await page.locator(`[data-run="${LAB}"] .now`, { hasText: "Trial 1 of 4" }).waitFor({ timeout: 240_000 });
  // Numbers move: packets on the hop, points in the chart, the bar of the trial.
  const chain = page.locator(`[data-lab="${LAB}"] [data-chain=main]`);
  await expect.poll(() => chain.locator("[data-hop=gen-sink] .pps").innerText(), SOON).toMatch(/^0\.[12]\d* Mpps$/);
  await expect.poll(() => chain.locator(".plot path").first().getAttribute("d"), SOON).toMatch(/L/);
  await expect.poll(() => chain.locator(".figures").innerText(), SOON).toMatch(/latency p50 [\d.]+ [mnu]s/);
  expect(await page.locator("[data-cpu]").allInnerTexts()).toEqual([
    expect.stringContaining("switch, OVS-DPDK"),
    expect.stringMatching(/gen, generator.*sink, receiver/s),
  ]);

  const finished = await running.finished;
  // 1: measured to the end, with something to say about the figures, which is not for this test.
  expect([0, 1], finished.stderr).toContain(finished.code);
  const result = await bed.readResult(out);
  const card = page.locator(`[data-finished="${LAB}"]`);
  await card.waitFor(SOON);
  expect(await card.locator("h3").innerText()).toBe(`run of ${LAB}: complete`);
  const arm = result.arms[0];
  const trials = arm?.trials ?? [];
  await card.locator("summary").click();
  const rows = await cellsOf(page, `[data-finished="${LAB}"] details tbody tr`);
  expect(rows.map(([number = "", , throughput = ""]) => [Number(number), throughput])).toEqual(
    trials.map(({ index, throughputPps }) => [index + 1, mpps(throughputPps)]).toReversed(),
  );
  const [medians] = await cellsOf(page, `[data-finished="${LAB}"] > .scroll tbody tr`);
  // A machine that was busy with other things leaves no trial to take a median of.
  const median = arm?.throughputPps;
  expect(medians?.slice(0, 3)).toEqual([arm?.name, String(median?.n ?? 0), median ? mpps(median.median) : "–"]);
  expect(await readdir(PROGRESS)).not.toContain(`${running.pid}.json`);
  // The details stay open while the page is updated.
  const shown = await page.locator("#connection").innerText();
  await expect.poll(() => page.locator("#connection").innerText(), SOON).not.toBe(shown);
  expect(await card.locator("details").getAttribute("open")).not.toBeNull();

  // The lab is still up and idle: it is shown in both colour schemes and on a phone.
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await faultsOf(page), colorScheme).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  expect(opened.said).toEqual([]);

  // The server goes and comes back on the same port.
  serve.running.kill("SIGTERM");
  await serve.running.finished;
  await expect.poll(() => page.locator("#connection").innerText(), SOON).toContain("Connection lost, trying again");
  expect(await chain.locator(".figures").count()).toBe(1);
  await served(port);
  await page.locator("#connection[data-state=live]").waitFor(SOON);
  await expect.poll(() => page.locator(`[data-lab="${LAB}"]`).count(), SOON).toBe(1);
});

test("what a killed command left is neither shown nor kept, and is no lab", { timeout: 300_000 }, async () => {
  await mkdir(PROGRESS, { recursive: true, mode: 0o700 });
  const path = join(PROGRESS, "4194303.json");
  const left: RunProgress = {
    schema: "corebed/progress/1",
    pid: 4_194_303,
    startTime: "1",
    command: "run",
    topology: "left-behind",
    labs: ["left-behind"],
    startedAt: "2026-01-01T00:00:00.000Z",
    resultPath: "/nowhere.json",
    done: 0,
    arms: [],
    trials: [],
  };
  await writeFile(path, JSON.stringify(left));
  const serve = await served(await freePort());
  await using opened = await open(serve.page);
  await opened.page.locator("#connection[data-state=live]").waitFor(SOON);
  await expect.poll(() => readdir(PROGRESS), SOON).not.toContain("4194303.json");
  expect(await opened.page.locator("#runs").innerText()).not.toContain("left-behind");
  const { stdout } = await bed.run(["status", "--json"]);
  expect(stdout).not.toContain("left-behind");
});

interface Served {
  readonly running: Running;
  readonly page: string;
}

async function served(port: number): Promise<Served> {
  const running = bed.start(["serve", "--listen", `127.0.0.1:${port}`, "--json"], { timeoutMs: 600_000 });
  const page = `http://127.0.0.1:${port}/`;
  await expect
    .poll(
      () =>
        fetch(page).then(
          ({ status }) => status,
          () => 0,
        ),
      { ...SOON, interval: 200 },
    )
    .toBe(200);
  return { running, page };
}

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the console said. */
  readonly said: string[];
}

async function open(url: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(url);
  return { page, said, [Symbol.asyncDispose]: () => context.close() };
}

async function cellsOf(page: Page, rows: string): Promise<readonly (readonly string[])[]> {
  const script = `[...document.querySelectorAll(${JSON.stringify(rows)})].map((row) => [...row.cells].map((cell) => cell.innerText))`;
  return (await page.evaluate(script)) as readonly (readonly string[])[];
}

/** As the page and every report write it. */
function mpps(pps: number): string {
  const value = pps / 1e6;
  return `${value.toFixed(value < 0.9995 ? 3 : value < 9.995 ? 2 : 1)} Mpps`;
}

/** What axe calls serious or critical. The page's policy lets no foreign script in, so it comes by way of the browser. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations, passes } = (await page.evaluate("axe.run()")) as AxeResults;
  expect(passes.length).toBeGreaterThan(10);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`),
    );
}
