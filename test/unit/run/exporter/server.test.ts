import { request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { HostError } from "../../../../src/host/host.ts";
import type { Scrape } from "../../../../src/run/exporter/exporter.ts";
import { isLoopback, parseListenAddress } from "../../../../src/run/exporter/listen-address.ts";
import { scrapeBoundMs, serveMetrics } from "../../../../src/run/exporter/server.ts";
import { rejection } from "../../rpc/fake-peer.ts";

const ANY_PORT = { host: "127.0.0.1", port: 0 };
const works: Scrape = async (boundMs) => ({ contentType: "text/plain; version=0.0.4", text: `bound ${boundMs}\n` });
const unexpected = (error: unknown) => {
  throw error;
};

/** Not fetch: it has no say over the method's case or the path. */
async function ask(url: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    request(url, options, resolve).on("error", reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe("the server", () => {
  it("answers /metrics with the exposition, / with a hint and nothing else", async () => {
    await using server = await serveMetrics(ANY_PORT, { scrape: works, onBug: unexpected });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const metrics = await ask(`${server.url}/metrics?x=1`);
    expect([metrics.status, metrics.headers["content-type"], metrics.body]).toEqual([
      200,
      "text/plain; version=0.0.4",
      "bound 2000\n",
    ]);
    expect((await ask(server.url)).body).toContain("/metrics");
    expect((await ask(`${server.url}/metrics/x`)).status).toBe(404);
  });

  it("takes GET and HEAD only", async () => {
    await using server = await serveMetrics(ANY_PORT, { scrape: works, onBug: unexpected });
    const head = await ask(`${server.url}/metrics`, { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.body]).toEqual([200, "11", ""]);
    const post = await ask(`${server.url}/metrics`, { method: "POST" });
    expect([post.status, post.headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it("leaves Prometheus time to read the answer", async () => {
    await using server = await serveMetrics(ANY_PORT, { scrape: works, onBug: unexpected });
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "0.25" };
    expect((await ask(`${server.url}/metrics`, { headers })).body).toBe("bound 200\n");
    expect([undefined, "x", "-1", "0", "60"].map(scrapeBoundMs)).toEqual([2000, 2000, 2000, 2000, 2000]);
  });

  it("survives a bug in a scrape, and tells of it", async () => {
    const bugs: unknown[] = [];
    const bug = new Error("internal: made up");
    await using server = await serveMetrics(ANY_PORT, {
      scrape: () => Promise.reject(bug),
      onBug: (error) => bugs.push(error),
    });
    expect((await ask(`${server.url}/metrics`)).status).toBe(500);
    expect((await ask(server.url)).status).toBe(200);
    expect(bugs).toEqual([bug]);
  });

  it("says what is wrong with an address that it cannot take", async () => {
    await using server = await serveMetrics(ANY_PORT, { scrape: works, onBug: unexpected });
    const taken = await rejection(
      serveMetrics({ ...ANY_PORT, port: server.port }, { scrape: works, onBug: unexpected }),
    );
    expect(taken).toBeInstanceOf(HostError);
    expect(taken.message).toBe(
      `local: listen on 127.0.0.1:${server.port}: something else listens there already; --listen takes another address or port`,
    );
    const foreign = await rejection(
      serveMetrics({ host: "192.0.2.1", port: 0 }, { scrape: works, onBug: unexpected, access: { token: "x" } }),
    );
    expect(foreign.message).toBe("local: listen on 192.0.2.1:0: this machine has no such address");
  });
});

describe("an address to listen on", () => {
  it.each([
    ["127.0.0.1:9746", { host: "127.0.0.1", port: 9746 }, true],
    [":0", { host: "127.0.0.1", port: 0 }, true],
    ["localhost:80", { host: "localhost", port: 80 }, true],
    ["[::1]:65535", { host: "::1", port: 65_535 }, true],
    ["[::]:1", { host: "::", port: 1 }, false],
    ["0.0.0.0:9746", { host: "0.0.0.0", port: 9746 }, false],
    ["lab-1.example:9746", { host: "lab-1.example", port: 9746 }, false],
  ])("%s", (given, address, loopback) => {
    const parsed = parseListenAddress(given);
    expect(parsed).toEqual(address);
    expect(parsed !== undefined && isLoopback(parsed)).toBe(loopback);
  });

  it.each([
    "",
    "9746",
    "127.0.0.1",
    ":65536",
    ":x",
    "::1:80",
    "[127.0.0.1]:80",
    "1.2.3:80",
    "1.2.3.999:80",
    "a b:80",
    "http://x:80",
  ])("refuses %j", (given) => {
    expect(parseListenAddress(given)).toBeUndefined();
  });
});
