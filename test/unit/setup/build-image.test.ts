import { afterEach, expect, test } from "vitest";
import { dockerClient } from "../../../src/host/docker.ts";
import { buildImage, proxyArguments } from "../../../src/setup/build-image.ts";
import type { ImageSource } from "../../../src/setup/image-sources.ts";
import { ensureImages, listImages } from "../../../src/setup/images.ts";
import { FakeHost, fakeEngine } from "./fake-host.ts";

let engine: Awaited<ReturnType<typeof fakeEngine>> | undefined;
afterEach(() => engine?.close());

async function docker(handle: Parameters<typeof fakeEngine>[0]) {
  engine = await fakeEngine(handle);
  const host = new FakeHost();
  host.engineSocket = engine.socket;
  return dockerClient(host);
}

const files = [{ path: "Dockerfile", executable: false, content: Buffer.from("FROM scratch\n") }];
const source = (name: "switch" | "nf"): ImageSource => ({
  name,
  reference: `corebed/${name}:0123456789ab`,
  digest: "0123456789abcdef",
  files,
});

test("a failing build names the step and shows the end of its output", async () => {
  const client = await docker(() => ({
    lines: [
      { stream: "Step 1/3 : FROM scratch\n" },
      { stream: "output of the first step\n" },
      { stream: "Step 2/3 : RUN make -s\n" },
      { stream: " ---> Running in 1234\n" },
      ...Array.from({ length: 30 }, (_, index) => ({ stream: `line ${index}\n` })),
      { error: "The command '/bin/sh -c make -s' returned a non-zero code: 2" },
    ],
  }));
  const lines: string[] = [];
  const promise = buildImage(client, { reference: "corebed/nf:1", files, onLine: (line) => lines.push(line) });
  await expect(promise).rejects.toThrow(
    "docker: build image corebed/nf:1: step 2/3, RUN make -s, failed: The command '/bin/sh -c make -s' returned a non-zero code: 2\n  | line 10\n",
  );
  await expect(promise).rejects.not.toThrow("line 9\n");
  await expect(promise).rejects.not.toThrow("first step");
  expect(lines).toContain("line 29");
});

test("a build that is refused at once", async () => {
  const client = await docker(() => ({ status: 500, json: { message: "dockerfile parse error line 1" } }));
  await expect(buildImage(client, { reference: "corebed/nf:1", files })).rejects.toThrow(
    "docker: build image corebed/nf:1: dockerfile parse error line 1",
  );
});

test("the proxies of the environment are handed on", () => {
  expect(proxyArguments({ HTTP_PROXY: "http://a", no_proxy: "b", PATH: "c", HTTPS_PROXY: "" })).toEqual({
    HTTP_PROXY: "http://a",
    no_proxy: "b",
  });
});

test("only images whose sources have none are built; the base is asked for only then", async () => {
  const built: string[] = [];
  const tags = ["corebed/nf:0123456789ab"];
  const client = await docker(({ url }) => {
    if (url.startsWith("/build")) {
      built.push(new URL(url, "http://x").searchParams.get("t") ?? "");
      return { lines: [{ stream: "Step 1/1 : FROM x\n" }, { aux: { ID: "sha256:2" } }] };
    }
    return { json: [{ Id: "sha256:1", RepoTags: tags, Labels: { "corebed.image": "nf" }, Size: 1, Created: 0 }] };
  });
  let asked = 0;
  const base = async () => {
    asked += 1;
    return "corebed/base:bookworm";
  };
  expect(await ensureImages(client, { base, sources: [source("nf")] })).toEqual([
    { name: "nf", reference: "corebed/nf:0123456789ab", built: false },
  ]);
  expect([built, asked]).toEqual([[], 0]);
  const both = await ensureImages(client, { base, sources: [source("switch"), source("nf")] });
  expect(both.map(({ name, built: isNew }) => [name, isNew])).toEqual([
    ["switch", true],
    ["nf", false],
  ]);
  expect([built, asked]).toEqual([["corebed/switch:0123456789ab"], 1]);
  const query = new URL(engine?.requests.find((request) => request.includes("/build"))?.slice(5) ?? "", "http://x")
    .searchParams;
  expect(JSON.parse(query.get("buildargs") ?? "")).toMatchObject({ BASE: "corebed/base:bookworm" });
  expect(JSON.parse(query.get("labels") ?? "")).toEqual({
    "corebed.image": "switch",
    "corebed.source-digest": "0123456789abcdef",
  });
});

test("the list: current ones first, the unnamed left out", async () => {
  const image = (RepoTags: string[] | null, name: string, Created: number) => ({
    Id: `sha256:${Created}`,
    RepoTags,
    Labels: { "corebed.image": name, "corebed.source-digest": "d" },
    Size: 10,
    Created,
  });
  const client = await docker(() => ({
    json: [
      image(["corebed/nf:old"], "nf", 1),
      image(["corebed/nf:0123456789ab"], "nf", 2),
      image(["<none>:<none>"], "base", 3),
      image(null, "base", 4),
    ],
  }));
  const list = await listImages(client, [source("nf")]);
  expect(list.map(({ reference, current, createdAt }) => [reference, current, createdAt])).toEqual([
    ["corebed/nf:0123456789ab", true, "1970-01-01T00:00:02.000Z"],
    ["corebed/nf:old", false, "1970-01-01T00:00:01.000Z"],
  ]);
});
