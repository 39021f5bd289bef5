import { request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import type { Access } from "../../../../src/run/exporter/access.ts";
import { serveMetrics } from "../../../../src/run/exporter/server.ts";
import { MAX_CLIENTS } from "../../../../src/run/page/event-stream.ts";
import { Feed } from "../../../../src/run/page/feed.ts";
import { pageHandler } from "../../../../src/run/page/page-handler.ts";

const unexpected = (error: unknown) => {
  throw error;
};

const TOKEN = "0123456789abcdef";

/** A page whose feed has no labs, and 10 ms a second. */
async function servePage(host = "127.0.0.1", access: Access = {}) {
  const process = { cpuSeconds: 0, residentBytes: 0 };
  const reading = { version: "1", labs: [], hugePages: undefined, cpus: new Map(), process, durationSeconds: 0 };
  const feed = new Feed({
    labs: async () => ({ at: 1, steadyMs: 1, reading }),
    progress: async () => [],
    finished: () => Promise.reject(new Error("internal: no run has ended")),
    pause: () => new Promise((resolve) => setTimeout(resolve, 10)),
    onBug: unexpected,
  });
  const scrape = async () => ({ contentType: "text/plain", text: "metrics\n" });
  const server = await serveMetrics(
    { host, port: 0 },
    { scrape, onBug: unexpected, page: pageHandler(feed), names: ["bed.example"], access },
  );
  return { feed, port: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Not fetch, which sets its own Host. */
async function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET") {
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers, method }, resolve).on("error", reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe("the page's server", () => {
  it("serves the page and everything that it names, under a policy that lets nothing else in", async () => {
    await using server = await servePage();
    const { status, headers, body } = await ask(server.port, "/");
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'self';/);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    const named = [...body.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = ""]) => path);
    expect(named).toEqual(expect.arrayContaining(["/page.css", "/page.js", "/favicon.svg", "/metrics"]));
    const scripts = new Set(named);
    for (const path of scripts) {
      const answer = await ask(server.port, path);
      expect([path, answer.status]).toEqual([path, 200]);
      if (path.endsWith(".js"))
        for (const [, name] of answer.body.matchAll(/from "\.(\/[^"]+)"/g)) scripts.add(name ?? "");
      expect(answer.body).not.toMatch(/(?:src|href|from|url\()\s*=?["']?https?:/);
    }
    expect([...scripts]).toContain("/chart.js");
  });

  it("gives no other file away", async () => {
    await using server = await servePage();
    for (const path of ["/../package.json", "/page.js/..", "/%2e%2e/package.json", "/constructor", "/index.html"]) {
      expect([path, (await ask(server.port, path)).status]).toEqual([path, 404]);
    }
    expect((await ask(server.port, "/events", {}, "POST")).status).toBe(405);
    expect((await ask(server.port, "/", {}, "HEAD")).body).toBe("");
  });

  it("refuses names that it does not have, for the metrics on loopback too", async () => {
    await using server = await servePage();
    for (const path of ["/", "/events", "/metrics", "/page.js"]) {
      const { status, body } = await ask(server.port, path, { host: "evil.example" });
      expect([path, status]).toEqual([path, 403]);
      expect(body).toMatch(/^refused: this is not evil\.example/);
    }
    expect((await ask(server.port, "/", { host: "bed.example" })).status).toBe(200);
  });

  it("lets a Prometheus that has the token ask by any name where it listens for others", async () => {
    await using server = await servePage("0.0.0.0", { token: TOKEN });
    const headers = { host: "bed-of-ours.example", authorization: `Bearer ${TOKEN}` };
    expect((await ask(server.port, "/metrics", headers)).status).toBe(200);
    expect((await ask(server.port, "/events", headers)).status).toBe(403);
  });

  it("sends events as they come, to so many pages and no more", async () => {
    await using server = await servePage();
    const url = `http://127.0.0.1:${server.port}/events`;
    const aborts = Array.from({ length: MAX_CLIENTS }, () => new AbortController());
    const streams = await Promise.all(aborts.map(({ signal }) => fetch(url, { signal })));
    const [first] = streams;
    let said = "";
    for await (const chunk of first?.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      said += chunk;
      if (said.split("event: state").length > 2) break;
    }
    expect(said).toMatch(/^retry: 2000\n\nevent: start\ndata: \{"history":\{.*\}\}\n\nevent: state\ndata: \{.*\}\n\n/);
    aborts[0]?.abort();
    await vi.waitFor(() => expect(server.feed.listeners).toBe(MAX_CLIENTS - 1));
    const again = new AbortController();
    expect((await fetch(url, { signal: again.signal })).status).toBe(200);
    const refused = await ask(server.port, "/events");
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
    for (const abort of [...aborts, again]) abort.abort();
    await vi.waitFor(() => expect(server.feed.listeners).toBe(0));
  });
});
