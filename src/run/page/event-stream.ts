import type { ServerResponse } from "node:http";
import type { Feed } from "./feed.ts";

/** How many may look at once; each tab is one. */
export const MAX_CLIENTS = 16;
/** When the browser should try again after the connection was lost. */
const RETRY_MS = 2_000;
/** A client that does not take what it is sent is let go once this much waits for it. */
const MAX_WAITING_BYTES = 1_000_000;

/** Sends the feed as server-sent events until the client goes: first how things stand (`start`), then a `state` every second. */
export function streamEvents(response: ServerResponse, feed: Feed, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const send = (event: string, data: unknown): void => {
    // What waited before counts, not this: the first event alone, with the last minutes of many labs, may be larger.
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const unsubscribe = feed.subscribe({
    start: (start) => send("start", start),
    state: (state) => send("state", state),
  });
  response.on("close", unsubscribe);
}
