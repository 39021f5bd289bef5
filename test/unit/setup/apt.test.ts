import { describe, expect, test } from "vitest";
import { Apt } from "../../../src/setup/apt.ts";
import { baseSources, mirrorSettings, parseAptSources } from "../../../src/setup/apt-sources.ts";
import { SetupError } from "../../../src/setup/setup-error.ts";
import { FakeHost } from "./fake-host.ts";

const BOOKWORM_SOURCES = `Types: deb
# http://snapshot.example/archive/debian/20250520T000000Z
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;
const debian = (codename: string) => ({ id: "debian", codename });
const line = (uri: string, suite: string) =>
  `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${suite} main`;

describe("package sources of the base image", () => {
  test("the mirrors of a bookworm host", () => {
    expect(baseSources(parseAptSources(BOOKWORM_SOURCES, "deb822"), debian("bookworm"))).toEqual([
      line("http://mirror.example/debian", "bookworm"),
      line("http://mirror.example/debian", "bookworm-updates"),
      line("http://mirror.example/debian-security", "bookworm-security"),
    ]);
  });

  test("one-line files; archives of third parties, backports and odd transports are left out", () => {
    const list = `# a comment
deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.gpg] https://download.example/debian bookworm stable
deb [signed-by=/etc/apt/keyrings/other.gpg] https://other.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # ours
deb http://mirror.example/debian bookworm-backports main
deb cdrom:[Debian]/ bookworm main
deb-src http://mirror.example/debian bookworm main
`;
    expect(baseSources(parseAptSources(list, "one-line"), debian("bookworm"))).toEqual([
      line("http://mirror.example/debian", "bookworm"),
    ]);
  });

  test("a host of a later Debian: its mirrors, the base's suite", () => {
    const list =
      "deb http://mirror.example/debian trixie main\ndeb http://mirror.example/debian-security trixie-security main\n";
    expect(baseSources(parseAptSources(list, "one-line"), debian("trixie"))).toEqual([
      line("http://mirror.example/debian", "bookworm"),
      line("http://mirror.example/debian-security", "bookworm-security"),
    ]);
  });

  test("Ubuntu's archives hold no Debian: mmdebstrap's own choice", () => {
    const list = "deb http://archive.ubuntu.com/ubuntu noble main universe\n";
    expect(baseSources(parseAptSources(list, "one-line"), { id: "ubuntu", codename: "noble" })).toEqual([]);
  });

  test("of apt's settings, the way to the mirror", () => {
    const dump = `APT "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::Check-Valid-Until "false";
Acquire::http::Proxy::other.example "";
Acquire::Languages "en";
`;
    expect(mirrorSettings(dump)).toEqual([
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::Check-Valid-Until "false";',
    ]);
  });
});

describe("installing", () => {
  const apt = (install: { exitCode?: number; stderr?: string }, update: { exitCode?: number; stderr?: string } = {}) =>
    new FakeHost({}, (argv) => (argv.includes("update") ? update : install));

  test("brings the lists up to date once, waits for the lock, asks nothing", async () => {
    const host = apt({});
    const packages = new Apt(host);
    expect(await packages.install(["docker.io", "iptables"], ["dockerd"])).toBeUndefined();
    await packages.install(["mmdebstrap"], ["mmdebstrap"]);
    const lock = ["-o", "DPkg::Lock::Timeout=120"];
    expect(host.runs).toEqual([
      ["apt-get", ...lock, "update"],
      ["apt-get", ...lock, "install", "-y", "--no-install-recommends", "docker.io", "iptables"],
      ["apt-get", ...lock, "install", "-y", "--no-install-recommends", "mmdebstrap"],
    ]);
    expect(host.runOptions.every((options) => options?.env?.DEBIAN_FRONTEND === "noninteractive")).toBe(true);
  });

  test("a broken third-party source does not stop it", async () => {
    await expect(new Apt(apt({}, { exitCode: 100 })).install(["docker.io"], ["dockerd"])).resolves.toBeUndefined();
  });

  test("a package whose script could not start its service is installed all the same", async () => {
    const host = apt({ exitCode: 100, stderr: 'invoke-rc.d: initscript docker, action "start" failed.' });
    host.files.set("/usr/sbin/dockerd", "");
    expect(await new Apt(host).install(["docker.io"], ["dockerd"])).toBe(
      "apt-get reported an error, but dockerd is installed",
    );
  });

  test.each([
    ["E: Could not get lock /var/lib/dpkg/lock-frontend", "another package manager is at work"],
    ["E: Unable to locate package docker.io", "add-apt-repository universe"],
    ["Err:1 Temporary failure resolving 'mirror.example'", "the package mirror cannot be reached"],
    ["E: something else", "try it by hand: apt-get update && apt-get install docker.io"],
  ])("%s", async (stderr, hint) => {
    const promise = new Apt(apt({ exitCode: 100, stderr })).install(["docker.io"], ["dockerd"]);
    await expect(promise).rejects.toThrow(SetupError);
    await expect(promise).rejects.toThrow(hint);
    await expect(promise).rejects.toThrow(stderr);
  });

  test("a machine without apt-get", async () => {
    await expect(new Apt(new FakeHost()).install(["docker.io"], ["dockerd"])).rejects.toThrow(
      "corebed sets up Debian and Ubuntu",
    );
  });
});
