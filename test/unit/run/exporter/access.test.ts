import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { HostError } from "../../../../src/host/host.ts";
import { type Access, bringsToken } from "../../../../src/run/exporter/access.ts";
import { serveMetrics } from "../../../../src/run/exporter/server.ts";
import { rejection } from "../../rpc/fake-peer.ts";

const TOKEN = "0123456789abcdef-_";
const pem = (name: string): string => readFileSync(new URL(`tls/test-only.${name}`, import.meta.url), "utf8");
const TLS = { cert: pem("crt"), key: pem("key") };
const served = {
  scrape: async () => ({ contentType: "text/plain", text: "figures\n" }),
  onBug: (error: unknown) => {
    throw error;
  },
};

function serve(access: Access = {}, host = "127.0.0.1") {
  return serveMetrics({ host, port: 0 }, { ...served, access });
}

async function ask(url: string, headers: Record<string, string> = {}) {
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    const request = url.startsWith("https:") ? tlsRequest : plainRequest;
    request(url, { headers, ca: TLS.cert }, resolve).on("error", reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("a token", () => {
  it.each(["0.0.0.0", "::", "192.0.2.1", "bed.example"])("is needed to listen on %s", async (host) => {
    const refused = await rejection(serve({}, host));
    expect(refused).toBeInstanceOf(HostError);
    expect(refused.message).toMatch(/others reach that address, which takes a token$/);
  });

  it("is asked of everyone where there is one, for every path, and lets in who brings it", async () => {
    await using server = await serve({ token: TOKEN });
    for (const path of ["/metrics", "/", "/none"]) {
      const { status, headers, body } = await ask(server.url + path);
      expect([status, body]).toEqual([401, "this takes the token\n"]);
      expect(headers["www-authenticate"]).toMatch(/^Basic realm=/);
    }
    for (const authorization of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`, basic(`me:${TOKEN}`), basic(`:${TOKEN}`)]) {
      expect((await ask(`${server.url}/metrics`, { authorization })).body).toBe("figures\n");
    }
  });

  it.each([
    "",
    "Bearer",
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN}x`,
    `Basic ${TOKEN}`,
    basic(`${TOKEN}:`),
    basic(`me:x${TOKEN}`),
    `Digest ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN} x`,
  ])("is not %j", (authorization) => {
    expect(bringsToken({ authorization }, TOKEN)).toBe(false);
  });
});

describe("TLS", () => {
  it("serves what plain HTTP would, and nothing to who speaks that", async () => {
    await using server = await serve({ tls: TLS, token: TOKEN }, "0.0.0.0");
    const url = `https://localhost:${server.port}/metrics`;
    expect(server.url).toBe(`https://0.0.0.0:${server.port}`);
    expect((await ask(url)).status).toBe(401);
    expect((await ask(url, { authorization: `Bearer ${TOKEN}` })).body).toBe("figures\n");
    await expect(ask(url.replace("https", "http"))).rejects.toThrow();
  });

  it("takes no certificate that is none", async () => {
    const refused = await rejection(serve({ tls: { cert: "none", key: TLS.key } }));
    expect(refused).toBeInstanceOf(HostError);
    expect(refused.message).toMatch(/: the TLS certificate and key do not serve: /);
  });
});

describe("what a client may not do", () => {
  it("ask by a name that any site could have, or from another site's page, on loopback", async () => {
    await using server = await serve();
    expect((await ask(`${server.url}/metrics`, { host: "evil.example" })).status).toBe(403);
    expect((await ask(`${server.url}/metrics`, { origin: "https://evil.example" })).status).toBe(403);
    expect((await ask(`${server.url}/metrics`, { origin: "null" })).status).toBe(403);
  });

  it("send a body or a head without end", async () => {
    await using server = await serve();
    expect(await say(server.port, "POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    const chunked = "GET /metrics HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await say(server.port, chunked)).toMatch(/^HTTP\/1\.1 413 /);
    const long = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"x".repeat(10_000)}\r\n`;
    expect(await say(server.port, long)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("hold a connection without asking, be it silent or slow", { timeout: 60_000 }, async () => {
    await using server = await serve();
    const trickle = connect(server.port, "127.0.0.1");
    const timer = setInterval(() => trickle.write("x"), 200);
    trickle.write("GET / HTTP/1.1\r\nhost: ");
    await Promise.all([ended(trickle), ended(connect(server.port, "127.0.0.1"))]);
    clearInterval(timer);
  });

  it("take more than its share of connections", async () => {
    await using server = await serve();
    const all = Array.from({ length: 65 }, () => connect(server.port, "127.0.0.1").on("error", () => {}));
    // The one too many is closed at once, long before the silent ones are.
    await Promise.race(all.map(ended));
    expect(all.filter((socket) => !socket.closed && !socket.destroyed).length).toBeGreaterThanOrEqual(60);
    for (const socket of all) socket.destroy();
  });
});

/** What the server answers to these bytes until it closes the connection. */
async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return await text(socket);
}

async function ended(socket: Socket): Promise<void> {
  socket.on("error", () => {}).resume();
  await once(socket, "close");
}
