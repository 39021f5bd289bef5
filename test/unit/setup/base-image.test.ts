import { afterEach, describe, expect, test } from "vitest";
import { dockerClient } from "../../../src/host/docker.ts";
import { Apt } from "../../../src/setup/apt.ts";
import { ensureBaseImage } from "../../../src/setup/base-image.ts";
import { FakeHost, fakeEngine } from "./fake-host.ts";

type Handle = Parameters<typeof fakeEngine>[0];
type Request = Parameters<Handle>[0];

let engine: Awaited<ReturnType<typeof fakeEngine>> | undefined;
afterEach(() => engine?.close());

const NO_IMAGE = { status: 404, json: { message: "No such image" } };
const NO_REGISTRY = {
  status: 500,
  json: {
    message:
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host',
  },
};
const inspect = (name: string, labels: Record<string, string>) => (request: Request) =>
  request.url.includes(`/images/${name}/json`) ? { json: { Config: { Labels: labels } } } : undefined;
const pulls = ({ url }: Request) => url.startsWith("/images/create") && url.includes("fromImage=debian");
const imports = ({ url }: Request) => url.startsWith("/images/create") && url.includes("fromSrc=-");

async function ensure(host: FakeHost, handle: (request: Request) => ReturnType<Handle> | undefined) {
  engine = await fakeEngine((request) => handle(request) ?? NO_IMAGE);
  host.engineSocket = engine.socket;
  return await ensureBaseImage(host, dockerClient(host), new Apt(host));
}

function debianHost(mmdebstrap: { exitCode?: number; stdout?: string; stderr?: string }): FakeHost {
  return new FakeHost(
    {
      "/etc/os-release": "ID=debian\nVERSION_CODENAME=bookworm\n",
      "/etc/apt/sources.list": "deb http://mirror.example/debian bookworm main\n",
      "/usr/share/keyrings/debian-archive-keyring.gpg": "",
    },
    ([program]) => {
      if (program === "apt-get") return {};
      if (program === "apt-config") return { stdout: 'Acquire::Check-Valid-Until "false";\n' };
      return program === "mmdebstrap" ? mmdebstrap : undefined;
    },
  );
}

describe("the base image", () => {
  test("the public one is used where the engine has it", async () => {
    const base = await ensure(new FakeHost(), inspect("debian:bookworm-slim", {}));
    expect(base).toEqual({ reference: undefined, detail: "debian:bookworm-slim", changes: [] });
  });

  test("our own is used again", async () => {
    const base = await ensure(new FakeHost(), inspect("corebed/base:bookworm", { "corebed.image": "base" }));
    expect(base).toMatchObject({ reference: "corebed/base:bookworm", changes: [] });
  });

  test("a registry in reach gives the public one", async () => {
    const base = await ensure(new FakeHost(), (request) =>
      pulls(request) ? { lines: [{ status: "Pulling from library/debian" }, { status: "Pull complete" }] } : undefined,
    );
    expect(base).toMatchObject({ reference: undefined, changes: ["pulled the image debian:bookworm-slim"] });
  });

  test("without a registry it is made from packages, and one line says so", async () => {
    let imported = "";
    const host = debianHost({ stdout: "the archive" });
    const base = await ensure(host, (request) => {
      if (pulls(request)) return NO_REGISTRY;
      if (!imports(request)) return inspect("corebed/base:bookworm", {})(request); // somebody else's image of that name
      imported = request.body.toString();
      return { lines: [{ status: "sha256:1" }] };
    });
    expect(base).toEqual({
      reference: "corebed/base:bookworm",
      detail:
        "no registry in reach (no such host): made corebed/base:bookworm from Debian's packages instead of pulling debian:bookworm-slim",
      changes: ["installed mmdebstrap", "made the image corebed/base:bookworm from Debian's packages"],
    });
    expect(imported).toBe("the archive");
    const made = host.runs.findIndex(([program]) => program === "mmdebstrap");
    expect(host.runs[made]).toContain('--aptopt=Acquire::Check-Valid-Until "false"');
    expect(host.runs[made]?.slice(-3)).toEqual(["bookworm", "-", "-"]);
    expect(host.runOptions[made]?.stdin).toBe(
      "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm main\n",
    );
    expect(engine?.requests.find((url) => url.includes("fromSrc"))).toContain("repo=corebed%2Fbase&tag=bookworm");
  });

  test("a failing mmdebstrap is told with its output", async () => {
    const promise = ensure(debianHost({ exitCode: 1, stderr: "E: cannot reach the mirror" }), (request) =>
      pulls(request) ? NO_REGISTRY : undefined,
    );
    await expect(promise).rejects.toThrow(
      "make the base image corebed/base:bookworm: mmdebstrap ended with exit code 1\n  | E: cannot reach the mirror",
    );
  });

  test("an engine that refuses the archive is told in its own words", async () => {
    const promise = ensure(debianHost({ stdout: "the archive" }), (request) => {
      if (pulls(request)) return NO_REGISTRY;
      return imports(request) ? { lines: [{ error: "no space left on device" }] } : undefined;
    });
    await expect(promise).rejects.toThrow("docker: make the base image corebed/base:bookworm: no space left on device");
  });
});
