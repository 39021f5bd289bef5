/*
 * Pictures of a report, or of the live page of corebed serve, in Chromium, to look at: light, dark, as wide as a phone, and as printed.
 *
 *   node scripts/screenshots.ts REPORT.html|URL DIRECTORY
 */
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { startChromium } from "../test/integration/support/chromium.ts";

interface View {
  readonly name: string;
  readonly widthPx: number;
  readonly colorScheme: "light" | "dark";
  readonly media: "screen" | "print";
}

const VIEWS: readonly View[] = [
  { name: "light", widthPx: 1200, colorScheme: "light", media: "screen" },
  { name: "dark", widthPx: 1200, colorScheme: "dark", media: "screen" },
  { name: "phone", widthPx: 390, colorScheme: "light", media: "screen" },
  { name: "phone-dark", widthPx: 390, colorScheme: "dark", media: "screen" },
  { name: "print", widthPx: 794, colorScheme: "dark", media: "print" },
];

const [file, directory] = process.argv.slice(2);
if (file === undefined || directory === undefined) {
  console.error("usage: node scripts/screenshots.ts REPORT.html|URL DIRECTORY");
  process.exit(64);
}
await mkdir(directory, { recursive: true });
const browser = await startChromium();
try {
  for (const view of VIEWS) await takePicture(browser, file, directory, view);
} finally {
  await browser.close();
}

async function takePicture(chromium: Browser, html: string, into: string, view: View): Promise<void> {
  const page = await chromium.newPage({
    viewport: { width: view.widthPx, height: 900 },
    colorScheme: view.colorScheme,
  });
  await page.emulateMedia({ media: view.media });
  const live = /^https?:/.test(html);
  await page.goto(live ? html : pathToFileURL(resolve(html)).href);
  // The live page fills itself once a second: rates need two readings.
  if (live) await page.waitForTimeout(3_000);
  const name = join(into, `${live ? "page" : basename(html, ".html")}-${view.name}`);
  await page.screenshot({ path: `${name}.png`, fullPage: true });
  if (view.media === "print") await page.pdf({ path: `${name}.pdf`, format: "A4", preferCSSPageSize: true });
  await page.close();
  console.log(`${name}.png`);
}
