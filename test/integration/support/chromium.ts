import { type Browser, chromium } from "playwright-core";

/** The distribution's Chromium, without a window. Tests run as root, where its sandbox cannot; what it opens is our own. */
export async function startChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    timeout: 60_000,
  });
}
