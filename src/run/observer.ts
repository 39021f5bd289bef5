import type { Reader } from "../provision/driver.ts";
import { makeExporter } from "./exporter/exporter.ts";

/** As often as Prometheus is set up to scrape a thing that one watches. */
const SCRAPE_EVERY_MS = 1000;
const SCRAPE_BOUND_MS = 900;

/** Scrapes all labs once a second, the first time at once, as `corebed serve` would for a Prometheus; until it is disposed of. */
export function startObserver(reader: Reader): AsyncDisposable {
  const scrape = makeExporter({ reader, version: "observer" });
  let last: Promise<unknown> = Promise.resolve();
  const look = (): void => {
    last = scrape(SCRAPE_BOUND_MS).catch(() => undefined);
  };
  look();
  const timer = setInterval(look, SCRAPE_EVERY_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await last;
    },
  };
}
