import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setUpBed } from "./support/bed.ts";
import { command, lines } from "./support/command.ts";
import { REPOSITORY } from "./support/corebed.ts";
import { pair } from "./support/topology.ts";

const bed = setUpBed("it-pkg");

/** Whoever installs corebed has a Node that is new enough on the PATH; here that is the pinned one, which runs this test. */
const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;

let scratch = "";
let program = "";
let packed: readonly string[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "corebed-it-pkg-"));
  const source = join(scratch, "source");
  // From a copy, so that `dist` is made from nothing and the checkout stays as it is.
  const files = await lines("git", "-C", REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard");
  for (const file of files) {
    if (/^(test|bench|results)\//.test(file)) continue;
    await cp(join(REPOSITORY, file), join(source, file)).catch(ignoreDeleted);
  }
  await symlink(join(REPOSITORY, "node_modules"), join(source, "node_modules"));
  await inFolder(source, ["npm", "pack", "--pack-destination", scratch]);
  const [tarball = ""] = await lines("find", scratch, "-maxdepth", "1", "-name", "corebed-*.tgz");
  packed = (await lines("tar", "-tzf", tarball)).map((path) => path.replace(/^package\//, ""));

  const project = join(scratch, "project");
  await cp(tarball, join(project, "corebed.tgz"));
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  await inFolder(project, [
    "npm",
    "install",
    "--prefer-offline",
    "--omit=dev",
    "--no-audit",
    "--no-fund",
    "./corebed.tgz",
  ]);
  program = join(project, "node_modules", ".bin", "corebed");
}, 240_000);

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("the package that npm pack makes", () => {
  test("holds what it needs to run, and nothing else", () => {
    const folders = new Set(packed.map((path) => path.split("/")[0]));
    expect([...folders].toSorted()).toEqual(
      [
        ...["bin", "dist", "images", "page", "schema", "topologies"],
        ...["ci-templates", "docker-compose.yml", "docs", "examples", "monitoring"],
        ...["package.json", "LICENSE", "README.md"],
      ].toSorted(),
    );
    expect(packed).toContain("page/index.html");
    expect(packed).toContain("bin/corebed");
    expect(packed).toContain("dist/cli/start.js");
    expect(packed).toContain("dist/index.d.ts");
    expect(packed).toContain("images/nf/Dockerfile");
    expect(packed).toContain("topologies/pktgen-stats.yaml");
    expect(packed).toContain("schema/topology.schema.json");
    expect(packed.filter((path) => /\.ts$/.test(path) && !path.endsWith(".d.ts"))).toEqual([]);
  });

  test("runs compiled, wherever it is installed", async () => {
    const { version } = JSON.parse(await readFile(`${REPOSITORY}package.json`, "utf8"));
    const options = { program, env: { PATH } };
    expect(await bed.expectExit(0, ["--version"], options)).toMatchObject({ stdout: `${version}\n`, stderr: "" });
    await expect(command("test", "-d", join(dirname(dirname(program)), "corebed", "src"))).rejects.toThrow();

    const topology = join(dirname(dirname(program)), "corebed", "topologies", "pktgen-stats.yaml");
    const valid = await bed.expectExit(0, ["validate", "--offline", topology], options);
    expect(valid.stdout).toContain("the topology is valid");
    const out = join(bed.directory(), "packed.json");
    await bed.expectExit(0, ["run", topology, "--simulate", "--report", "--out", out], options);
    expect(await readFile(join(bed.directory(), "packed.html"), "utf8")).toMatch(/^<!doctype html>/i);
    const schema = await bed.expectExit(0, ["schema"], options);
    expect(JSON.parse(schema.stdout)).toEqual(
      JSON.parse(await readFile(`${REPOSITORY}schema/topology.schema.json`, "utf8")),
    );
  });

  test("knows the same images as the checkout: their sources came through whole", async () => {
    const installed = await bed.expectExit(0, ["images", "list", "--json"], { program, env: { PATH } });
    const checkout = await bed.expectExit(0, ["images", "list", "--json"]);
    expect(JSON.parse(installed.stdout)).toEqual(JSON.parse(checkout.stdout));
    expect(
      JSON.parse(installed.stdout).images.filter((image: { current: boolean }) => image.current).length,
    ).toBeGreaterThan(1);
  });

  test("brings a lab up, measures and removes it", async () => {
    const file = await bed.write("lab.yaml", pair("it-pkg"));
    const options = { program, env: { PATH } };
    await bed.expectExit(0, ["run", file, "--trials", "1", "--out", `${bed.directory()}/r.json`], options);
    expect((await bed.readResult(`${bed.directory()}/r.json`)).complete).toBe(true);
    await bed.expectNoTrace();
  });

  test("is a library too, with its types", async () => {
    const project = dirname(dirname(dirname(program)));
    const script =
      'import * as corebed from "corebed"; console.log(Object.keys(corebed).length > 5 && typeof corebed.parseTopology)';
    await writeFile(join(project, "use.js"), script);
    expect(await command(process.execPath, join(project, "use.js"))).toBe("function");
  });
});

/** A file that git knows and that is gone from the working tree. */
function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

async function inFolder(folder: string, argv: readonly string[]): Promise<string> {
  return command("env", "-C", folder, `PATH=${PATH}`, ...argv);
}
