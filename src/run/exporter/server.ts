import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { HostError } from "../../host/host.ts";
import type { PageHandler } from "../page/page-handler.ts";
import { type Access, bringsToken, CHALLENGE } from "./access.ts";
import type { Scrape } from "./exporter.ts";
import { isLoopback } from "./listen-address.ts";
import { refusalOf } from "./request-guard.ts";

/** Bound on a scrape whose client names none, or a longer one. */
const SCRAPE_BOUND_MS = 2_000;
/** Part of the client's own time limit that reading may take; the rest is for the answer. */
const SHARE_OF_TIMEOUT = 0.8;
const TEXT = "text/plain; charset=utf-8";

/** What a client may take of the server: enough for browsers and Prometheus, and no more for whoever holds on to connections or sends without end. */
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;
const MOST_CONNECTIONS = 64;
/** A client that takes nothing of its answer for so long is let go; the live page sends once a second. */
const IDLE_TIMEOUT_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 5_000;

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

/** What a server has to tell, and whom. */
export interface Served {
  readonly scrape: Scrape;
  /** Told of an error in corebed itself, which costs one scrape and not the server. */
  readonly onBug: (error: unknown) => void;
  /** The live page, where there is one. */
  readonly page?: PageHandler;
  /** Host names in lower case that it may be asked by, besides localhost and any address. */
  readonly names?: readonly string[];
  readonly access?: Access;
}

/**
 * Answers `GET /metrics` over HTTP or HTTPS, and for the live page's paths where there is one. Rejects with `HostError` if it cannot listen there, or must
 * not: beyond loopback only for clients with a token.
 */
export async function serveMetrics(address: ListenAddress, served: Served): Promise<MetricsServer> {
  const { token, tls } = served.access ?? {};
  if (token === undefined && !isLoopback(address)) {
    throw new HostError("local", `listen on ${whereOf(address)}`, "others reach that address, which takes a token");
  }
  const scheme = tls === undefined ? "http" : "https";
  const guardMetrics = isLoopback(address);
  const server = listener(tls, address, (request, response) => {
    answer(request, response, { ...served, scheme, guardMetrics }).catch((error: unknown) => {
      served.onBug(error);
      if (!response.headersSent)
        send(response, { status: 500, text: "internal error: corebed serve has printed it\n" });
      else response.destroy();
    });
  });
  server.listen(address.port, address.host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw cannotListen(address, error as NodeJS.ErrnoException);
  }
  const { address: ip, port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://${ip.includes(":") ? `[${ip}]` : ip}:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listener(tls: Access["tls"], address: ListenAddress, answers: RequestListener): Server {
  const server = ((): Server => {
    if (tls === undefined) return createServer(LIMITS, answers);
    try {
      return createTlsServer({ ...LIMITS, ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, answers);
    } catch (error) {
      const reason = `the TLS certificate and key do not serve: ${(error as Error).message}`;
      throw new HostError("local", `listen on ${whereOf(address)}`, reason, { cause: error });
    }
  })();
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = IDLE_TIMEOUT_MS;
  return server;
}

interface Answering extends Served {
  readonly scheme: "http" | "https";
  /** Beyond loopback a Prometheus may know this machine by names that we do not, and brings a token that no other site's page has. */
  readonly guardMetrics: boolean;
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Answering): Promise<void> {
  const { scrape, page } = served;
  const { method = "", url = "/" } = request;
  const [path = "/"] = url.split("?", 1);
  const refused = refusal(request, path, served);
  if (refused !== undefined) {
    send(response, refused);
    return;
  }
  if (method !== "GET" && method !== "HEAD") {
    send(response, { status: 405, text: "only GET and HEAD\n", headers: { allow: "GET, HEAD" } });
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

/** The answer to a request that gets no other, whatever it asks for. */
function refusal({ headers }: IncomingMessage, path: string, served: Answering): Answer | undefined {
  // What would come after the request's head is not read: the connection ends with the answer.
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0) {
    return { status: 413, text: "requests have no body here\n", headers: { connection: "close" } };
  }
  const { token } = served.access ?? {};
  if (token !== undefined && !bringsToken(headers, token)) {
    return { status: 401, text: "this takes the token\n", headers: { "www-authenticate": CHALLENGE } };
  }
  if (path === "/metrics" && !served.guardMetrics) return undefined;
  const reason = refusalOf(headers, served.names ?? [], served.scheme);
  return reason === undefined ? undefined : { status: 403, text: `refused: ${reason}\n` };
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

function whereOf({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function cannotListen(address: ListenAddress, error: NodeJS.ErrnoException): HostError {
  const reason = REASONS[error.code ?? ""] ?? error.message;
  return new HostError("local", `listen on ${whereOf(address)}`, reason, { cause: error });
}
