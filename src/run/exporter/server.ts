import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HostError } from "../../host/host.ts";
import type { PageHandler } from "../page/page-handler.ts";
import type { Scrape } from "./exporter.ts";
import { isLoopback } from "./listen-address.ts";

/** Bound on a scrape whose client names none, or a longer one. */
const SCRAPE_BOUND_MS = 2_000;
/** Part of the client's own time limit that reading may take; the rest is for the answer. */
const SHARE_OF_TIMEOUT = 0.8;
const TEXT = "text/plain; charset=utf-8";

export interface ListenAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

export interface MetricsServer extends AsyncDisposable {
  /** Where it listens, with the port that it really has: `http://127.0.0.1:9746`. */
  readonly url: string;
  readonly port: number;
}

/**
 * Answers `GET /metrics` over HTTP, and for the live page's paths where there is one. Rejects with `HostError` if it cannot listen there. `onBug` is told
 * of an error in corebed itself, which costs one scrape and not the server.
 */
export async function serveMetrics(
  address: ListenAddress,
  scrape: Scrape,
  onBug: (error: unknown) => void,
  page?: PageHandler,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(request, response, { scrape, page, guardMetrics: isLoopback(address) }).catch((error: unknown) => {
      onBug(error);
      if (!response.headersSent)
        send(response, { status: 500, text: "internal error: corebed serve has printed it\n" });
      else response.destroy();
    });
  });
  server.requestTimeout = 10_000;
  server.maxConnections = 64;
  server.listen(address.port, address.host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw cannotListen(address, error as NodeJS.ErrnoException);
  }
  const { address: ip, port } = server.address() as AddressInfo;
  return {
    url: `http://${ip.includes(":") ? `[${ip}]` : ip}:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Served {
  readonly scrape: Scrape;
  readonly page: PageHandler | undefined;
  /**
   * Beyond loopback a Prometheus may know this machine by names that we do not, and whoever reaches the address may read the metrics anyway.
   */
  readonly guardMetrics: boolean;
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const { scrape, page, guardMetrics } = served;
  const { method = "", url = "/" } = request;
  const [path = "/"] = url.split("?", 1);
  if (method !== "GET" && method !== "HEAD") {
    send(response, { status: 405, text: "only GET and HEAD\n", headers: { allow: "GET, HEAD" } });
    return;
  }
  const refusal = path === "/metrics" && !guardMetrics ? undefined : page?.refusal(request);
  if (refusal !== undefined) {
    send(response, { status: 403, text: `refused: ${refusal}\n` });
    return;
  }
  if (path === "/metrics") {
    const { contentType, text } = await scrape(scrapeBoundMs(request.headers["x-prometheus-scrape-timeout-seconds"]));
    send(response, { status: 200, text, contentType });
    return;
  }
  if ((await page?.answer(path, request, response)) === true) return;
  if (path === "/" && page === undefined) {
    send(response, { status: 200, text: "corebed: metrics of the labs on this host, for Prometheus\n\n/metrics\n" });
    return;
  }
  const what = page === undefined ? "/metrics here" : "the page at / and /metrics here";
  send(response, { status: 404, text: `there is ${what}, and nothing else\n` });
}

/** Prometheus tells how long it will wait. */
export function scrapeBoundMs(header: string | readonly string[] | undefined): number {
  const seconds = Number(header);
  return seconds > 0 ? Math.min(SCRAPE_BOUND_MS, seconds * 1e3 * SHARE_OF_TIMEOUT) : SCRAPE_BOUND_MS;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For HEAD Node leaves the body out by itself. */
function send(response: ServerResponse, { status, text, contentType = TEXT, headers = {} }: Answer): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": body.length,
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there already; --listen takes another address or port",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not use that port",
  ENOTFOUND: "no such host name",
};

function cannotListen({ host, port }: ListenAddress, error: NodeJS.ErrnoException): HostError {
  const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new HostError("local", `listen on ${where}`, REASONS[error.code ?? ""] ?? error.message, { cause: error });
}
