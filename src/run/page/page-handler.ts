import type { IncomingMessage, ServerResponse } from "node:http";
import { readAsset } from "./assets.ts";
import { MAX_CLIENTS, streamEvents } from "./event-stream.ts";
import type { Feed } from "./feed.ts";

/** With every answer of the page: nothing from elsewhere, in no frame, to be asked for again each time. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
};
const TEXT = "text/plain; charset=utf-8";

/** The live page behind an HTTP server. */
export interface PageHandler {
  /** Answers a GET or HEAD for one of the page's paths; false if the path is not one. */
  readonly answer: (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
}

/** Answers with what the feed tells. */
export function pageHandler(feed: Feed): PageHandler {
  return {
    answer: async (path, request, response) => {
      if (path === "/events") {
        if (request.method !== "GET") sendText(response, 405, "only GET\n", { allow: "GET" });
        else if (feed.listeners < MAX_CLIENTS) streamEvents(response, feed, HEADERS);
        else {
          const text = `${MAX_CLIENTS} pages are open already; close one\n`;
          sendText(response, 503, text, { "retry-after": "5" });
        }
        return true;
      }
      const asset = await readAsset(path);
      if (asset === undefined) return false;
      sendText(response, 200, asset.text, { "content-type": asset.contentType });
      return true;
    },
  };
}

/** For HEAD Node leaves the body out by itself. */
function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  const body = Buffer.from(text);
  response.writeHead(status, { "content-type": TEXT, ...HEADERS, ...headers, "content-length": body.length });
  response.end(body);
}
