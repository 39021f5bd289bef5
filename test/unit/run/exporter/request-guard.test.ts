import { describe, expect, it } from "vitest";
import { refusalOf } from "../../../../src/run/exporter/request-guard.ts";

const NAMES = ["bed-1.example"];

describe("the guard", () => {
  it.each(["127.0.0.1:9746", "[::1]:9746", "localhost:9746", "LOCALHOST", "192.0.2.7", "Bed-1.example:9746"])(
    "lets %s in",
    (host) => expect(refusalOf({ host }, NAMES, "http")).toBeUndefined(),
  );

  it.each(["evil.example:9746", "bed-1.example.evil.example", "localhost.evil.example", "", "a b", "127.0.0.1@evil"])(
    "refuses %j, which any site can make resolve to this machine",
    (host) => expect(refusalOf({ host }, NAMES, "http")).toMatch(/--listen NAME:PORT/),
  );

  it("refuses requests that a page of another site makes, and lets links and its own through", () => {
    const host = "127.0.0.1:9746";
    const refused = "pages of other sites may not read this";
    expect(refusalOf({ host, origin: "https://evil.example" }, NAMES, "http")).toBe(refused);
    expect(refusalOf({ host, origin: "http://127.0.0.1:8000" }, NAMES, "http")).toBe(refused);
    expect(refusalOf({ host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, NAMES, "http")).toBe(
      refused,
    );
    expect(
      refusalOf({ host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, NAMES, "http"),
    ).toBeUndefined();
    expect(
      refusalOf({ host, origin: `http://${host}`, "sec-fetch-site": "same-origin" }, NAMES, "http"),
    ).toBeUndefined();
  });
});
