import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeHtmlReport } from "../../src/cli/html-report.ts";
import type { Result } from "../../src/measure/result.ts";
import { plotFiles } from "../../src/report/plot/plot-files.ts";
import { simulated } from "../unit/report/html-support.ts";
import { startChromium } from "./support/chromium.ts";
import { takeTurn } from "./support/turn.ts";

/** No lab is up here: results of a modelled host are as good as any to draw. */
const CASES = {
  comparison: ["compare", "kernel-paths"],
  sweep: ["sweep", "chain-length"],
  search: ["run", "throughput-search"],
  soak: ["run", "pktgen-stats", "--measure", "soak"],
} as const;

type Name = keyof typeof CASES;
const NAMES = Object.keys(CASES) as readonly Name[];

let turn: AsyncDisposable;
let folder: string;
let browser: Browser;
const results = new Map<string, Result>();

beforeAll(async () => {
  // A browser on the CPUs of a lab that somebody measures would be in their figures.
  turn = await takeTurn();
  folder = await mkdtemp(join(tmpdir(), "corebed-it-report-"));
  browser = await startChromium();
  for (const name of NAMES) {
    const [command, topology, ...options] = CASES[name];
    const result = await simulated(command, topology, ...options);
    results.set(name, result);
    await writeHtmlReport(result, pathOf(name));
  }
  await writeHtmlReport([...results.values()], pathOf("all"));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
  await turn?.[Symbol.asyncDispose]();
});

function pathOf(name: string): string {
  return join(folder, `${name}.html`);
}

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the console said, and what the page asked the network for. */
  readonly said: string[];
  readonly asked: string[];
}

async function open(name: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Opened> {
  const context: BrowserContext = await browser.newContext(options);
  const page = await context.newPage();
  const [said, asked]: [string[], string[]] = [[], []];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(pathOf(name)).href);
  return { page, said, asked, [Symbol.asyncDispose]: () => context.close() };
}

describe.each([...NAMES, "all"])("page of %s", (name) => {
  test("loads nothing but itself and has nothing to complain about", async () => {
    await using opened = await open(name);
    expect(opened.said).toEqual([]);
    expect(opened.asked.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(pathOf(name)).href]);
  });

  test.each(["light", "dark"] as const)("axe finds nothing serious, %s", async (colorScheme) => {
    await using opened = await open(name, { colorScheme });
    expect(await faultsOf(opened.page)).toEqual([]);
  });

  test("fits a phone without scrolling sideways, and no picture is cut", async () => {
    await using opened = await open(name, { viewport: { width: 390, height: 800 } });
    const wide = await opened.page.evaluate("document.documentElement.scrollWidth");
    const pictures = (await framesOf(opened.page, "figure")).filter(({ width, right }) => width < 300 || right > 390);
    expect({ wide, pictures }).toEqual({ wide: 390, pictures: [] });
  });

  test("can be read without scripts", async () => {
    await using opened = await open(name, { javaScriptEnabled: false });
    expect(await opened.page.locator("h1").innerText()).not.toBe("");
    expect(await opened.page.locator("pre").first().innerText()).toMatch(/^corebed /);
  });
});

test.each([
  ["comparison", "throughput"],
  ["sweep", "throughput"],
  ["search", "loss"],
])("%s: the plot %s shows a dot for each trial, inside the picture", async (name, plot) => {
  await using opened = await open(name);
  const [frame] = await framesOf(opened.page, `figure[data-plot="${plot}"]`);
  const dots = frame?.dots ?? [];
  const trials = results.get(name)?.arms.reduce((sum, arm) => sum + arm.trials.length, 0);
  expect(dots).toHaveLength(trials ?? Number.NaN);
  expect(dots.filter((inside) => !inside)).toEqual([]);
});

test("every plot of a result is there, and one of them is visible at each width", async () => {
  for (const width of [390, 1200]) {
    await using opened = await open("comparison", { viewport: { width, height: 800 } });
    const shown = await framesOf(opened.page, "figure");
    expect(shown.map(({ plot }) => plot)).toEqual(["throughput", "ratio", "latency", "cores", "cores"]);
  }
});

test("on paper it is light, whatever the screen is, and nothing is cut off", async () => {
  await using opened = await open("comparison", { colorScheme: "dark", viewport: { width: 794, height: 1000 } });
  await opened.page.emulateMedia({ media: "print" });
  const { paper, ink, wide } = (await opened.page.evaluate(`({
    paper: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.body).color,
    wide: document.documentElement.scrollWidth,
  })`)) as Readonly<Record<string, unknown>>;
  expect({ paper, ink, wide }).toEqual({ paper: "rgb(253, 254, 254)", ink: "rgb(28, 37, 48)", wide: 794 });
});

test("the command and the file can be copied, and say that they were", async () => {
  await using opened = await open("comparison");
  const { page } = opened;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the command" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const clipboard = await page.evaluate(CLIPBOARD);
  expect(clipboard).toMatch(/^corebed compare \S*kernel-paths\.yaml .*--seed 1 --simulate$/);
  await page.getByRole("button", { name: "Copy the file" }).click();
  const text = results.get("comparison")?.topology.text;
  await expect.poll(() => page.evaluate(CLIPBOARD)).toBe(text);
});

test("pictures as files are well-formed XML", async () => {
  await using opened = await open("soak");
  for (const result of results.values()) {
    for (const { name, svg } of plotFiles(result, "x")) {
      const fault = await opened.page.evaluate(`(() => {
        const root = new DOMParser().parseFromString(${JSON.stringify(svg)}, "image/svg+xml");
        return root.querySelector("parsererror")?.textContent ?? "";
      })()`);
      expect([name, fault]).toEqual([name, ""]);
    }
  }
});

const CLIPBOARD = "navigator.clipboard.readText()";

/** A picture that can be seen, and for each of its dots whether it is inside. */
interface Frame {
  readonly plot: string;
  readonly width: number;
  readonly right: number;
  readonly dots: readonly boolean[];
}

async function framesOf(page: Page, selector: string): Promise<readonly Frame[]> {
  const frames = await page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${selector} svg`)})]
    .filter((svg) => svg.checkVisibility())
    .map((svg) => {
      const frame = svg.getBoundingClientRect();
      const isInside = ({ left, right, top, bottom }) =>
        left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom;
      return {
        plot: svg.closest("figure").dataset.plot,
        width: frame.width,
        right: frame.right,
        dots: [...svg.querySelectorAll(".dot")].map((dot) => isInside(dot.getBoundingClientRect())),
      };
    })`);
  return frames as readonly Frame[];
}

/** What axe calls serious or critical, in lines. The page's policy lets no script in, so it comes by way of the browser. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(source);
  const { violations, passes } = (await page.evaluate("axe.run()")) as AxeResults;
  expect(passes.length).toBeGreaterThan(10);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`),
    );
}
