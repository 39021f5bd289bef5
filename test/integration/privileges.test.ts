import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setUpBed } from "./support/bed.ts";
import { command, lines } from "./support/command.ts";
import { pair } from "./support/topology.ts";

const bed = setUpBed("it-priv");
const IMAGE = "it-priv/sleeper:1";
const CONTAINER = "corebed.it-priv.sink";

/** A chain over a Docker bridge that ends in an image of the user's own, which sleeps. */
function withOwn(nf: object): ReturnType<typeof pair> {
  return pair("it-priv", {
    datapath: "docker-bridge",
    nfs: { gen: { app: "pktgen" }, sink: { image: IMAGE, ...nf } },
  });
}

beforeAll(async () => {
  const { images } = JSON.parse((await bed.expectExit(0, ["images", "list", "--json"])).stdout);
  const nf = images.find(({ name, current }: { name: string; current: boolean }) => name === "nf" && current).reference;
  const context = join(bed.directory(), "image");
  await mkdir(context, { recursive: true });
  await writeFile(join(context, "Dockerfile"), `FROM ${nf}\nENTRYPOINT ["sleep", "600"]\n`);
  await command("docker", "build", "--quiet", "--tag", IMAGE, context);
});
afterAll(() => command("docker", "rmi", "--force", IMAGE));

describe("an image of the user's own", () => {
  test.each(["plan", "apply", "run"])("%s gives it no privileges unless the command line allows them", async (name) => {
    const file = await bed.write("lab.yaml", withOwn({ capabilities: ["SYS_PTRACE"], binds: ["/etc:/host"] }));
    const { stderr } = await bed.expectExit(65, [name, file]);
    expect(stderr).toContain("error: NF sink asks for the capability SYS_PTRACE");
    expect(stderr).toContain("error: NF sink asks for /etc, which belongs to the host's own system");
    expect(stderr).toContain("add --allow-privileged");
    await bed.expectNoTrace();
  });

  test("gets what the file names and nothing else, and the plan says so", async () => {
    const shared = join(bed.directory(), "shared");
    await mkdir(shared, { recursive: true });
    await writeFile(join(shared, "given"), "yes");
    const nf = { capabilities: ["SYS_PTRACE"], binds: [`${shared}:/given`, `${shared}:/written:rw`] };
    const file = await bed.write("lab.yaml", withOwn({ ...nf, env: { TOKEN: "s3cret" } }));
    const planned = await bed.expectExit(2, ["plan", file, "--allow-privileged"]);
    expect(planned.stdout.replaceAll(/\n +/g, " ")).toContain(`mounts ${shared} on /given, read-only`);
    expect(planned.stdout).toContain("capabilities SYS_NICE, IPC_LOCK, NET_RAW, NET_ADMIN, SYS_PTRACE");
    await bed.expectExit(0, ["apply", file, "--allow-privileged"]);
    const [made] = JSON.parse(await command("docker", "inspect", CONTAINER));
    expect(made.HostConfig).toMatchObject({
      Privileged: false,
      CapDrop: ["ALL"],
      CapAdd: ["SYS_NICE", "IPC_LOCK", "NET_RAW", "NET_ADMIN", "SYS_PTRACE"].map((name) => expect.stringMatching(name)),
      SecurityOpt: ["no-new-privileges"],
      Binds: ["/run/corebed/it-priv/sink:/run/corebed/it-priv/sink"],
      PidMode: "",
      UsernsMode: "",
    });
    expect(await command("docker", "exec", CONTAINER, "cat", "/given/given")).toContain("yes");
    await expect(command("docker", "exec", CONTAINER, "touch", "/given/new")).rejects.toThrow();
    await command("docker", "exec", CONTAINER, "touch", "/written/new");
    const modes = await command("stat", "--format=%a", "/run/corebed/it-priv", "/run/corebed/it-priv/sink");
    expect(modes.split(/\s+/).filter((mode) => mode !== "")).toEqual(["700", "700"]);
    expect(await command("stat", "--format=%a", "/run/corebed/it-priv/gen/ctl.sock")).toMatch(/^600/);
    const status = await bed.expectExit(0, ["status", "it-priv", "--json"]);
    expect(status.stdout).toContain('"TOKEN": "(hidden)"');
    expect(status.stdout).not.toContain("s3cret");
    await bed.expectExit(0, ["destroy", "it-priv"]);
    await bed.expectNoTrace();
  });

  test("is not given what lies behind a symbolic link", async () => {
    const link = join(bed.directory(), "link");
    await rm(link, { force: true });
    await symlink("/etc", link);
    const file = await bed.write("lab.yaml", withOwn({ binds: [`${link}:/data`] }));
    const { stderr } = await bed.expectExit(69, ["apply", file, "--allow-privileged"]);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain("leads over a symbolic link to /etc");
    await bed.expectExit(0, ["destroy", "it-priv"]);
    await bed.expectNoTrace();
  });
});

test("directories and sockets of a lab are root's alone, whoever makes them", async () => {
  const file = await bed.write(
    "lab.yaml",
    pair("it-priv", {
      cores: { 0: "switch", 1: ["gen", "fwd", "pmd", "sink"] },
      nfs: { gen: { app: "pktgen" }, fwd: { app: "l2fwd" }, pmd: { app: "testpmd" }, sink: { app: "stats" } },
      chains: { main: { path: ["gen", "fwd", "pmd", "sink"], hops: ["memif", "vhost-user", "vhost-user"] } },
    }),
  );
  await bed.expectExit(0, ["apply", file]);
  const find = ["find", "/run/corebed/it-priv", "(", "-type", "d", "-o", "-type", "s", ")"];
  const sockets = await lines(...find, "-type", "s");
  // A control socket of each built-in NF, one of each end of a vhost-user hop, a memif's, and the switch's own.
  expect(sockets.length).toBeGreaterThanOrEqual(3 + 4 + 1 + 4);
  expect(await lines(...find, "-perm", "/077")).toEqual([]);
  await bed.expectExit(0, ["destroy", "it-priv"]);
  await bed.expectNoTrace();
});
