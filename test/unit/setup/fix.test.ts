import { afterEach, expect, test } from "vitest";
import { makeReady, type SetupEvent } from "../../../src/setup/fix.ts";
import { imageSources } from "../../../src/setup/image-sources.ts";
import { FakeHost, fakeEngine } from "./fake-host.ts";

let engine: Awaited<ReturnType<typeof fakeEngine>> | undefined;
afterEach(() => engine?.close());

const MEMINFO = "MemTotal: 24684092 kB\nHugePages_Total: 512\nHugePages_Free: 512\nHugepagesize: 2048 kB\n";

async function run(images: readonly unknown[], failing: boolean) {
  engine = await fakeEngine(({ url }) => {
    if (url.startsWith("/build")) {
      const lines = failing && url.includes("switch") ? [{ error: "boom" }] : [{ aux: { ID: "sha256:1" } }];
      return { lines: [{ stream: "Step 1/2 : FROM x\n" }, ...lines] };
    }
    if (url.startsWith("/images/json")) return { json: images };
    return { json: { Version: "27.0", ApiVersion: "1.46", Config: { Labels: {} } } };
  });
  const host = new FakeHost({ "/proc/meminfo": MEMINFO });
  host.engineSocket = engine.socket;
  const events: SetupEvent[] = [];
  const result = makeReady(host, (event) => events.push(event));
  const outcome = await result.catch((error: Error) => error);
  return { outcome, events: events.map(({ step, state }) => `${step} ${state}`) };
}

test("what is ready is left alone", async () => {
  const images = (await imageSources()).map(({ name, reference }) => ({
    Id: reference,
    RepoTags: [reference],
    Labels: { "corebed.image": name },
    Size: 1,
    Created: 1,
  }));
  const { outcome, events } = await run(images, false);
  expect(outcome).toEqual({ changes: [] });
  expect(events.sort()).toEqual([
    "docker skipped",
    "docker start",
    "huge-pages skipped",
    "huge-pages start",
    "image-nf skipped",
    "image-switch skipped",
  ]);
});

test("images are built on the base that is there", async () => {
  const { outcome, events } = await run([], false);
  const references = (await imageSources()).map(({ reference }) => `built the image ${reference}`);
  expect(outcome).toEqual({ changes: references });
  expect(events.indexOf("base-image skipped")).toBeLessThan(events.indexOf("image-switch start"));
  expect(events).toContain("image-switch progress");
  expect(events).toContain("image-nf done");
});

test("one image's failure does not hide the other's success", async () => {
  const { outcome, events } = await run([], true);
  expect(String(outcome)).toContain("step 1/2, FROM x, failed: boom");
  expect(events).toContain("image-switch failed");
  expect(events).toContain("image-nf done");
});
