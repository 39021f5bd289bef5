import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { chainText, example } from "../lab/make-lab.ts";
import { captureOutput } from "./capture-output.ts";

/** Nobody: may read and nothing more. Only root can become someone else; whoever runs the tests as a user is one already. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const START = fileURLToPath(new URL("../../../src/cli/start.ts", import.meta.url));
/** A name that no lab of this host has. */
const TEXT = example("pktgen-stats.yaml").replace("name: pktgen-stats", "name: simulated-only");
const COMMANDS = [
  ["validate", 0],
  ["plan", 2],
  ["apply", 0],
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-simulate-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a command on a file from standard input as a user without rights, and without a Docker engine to talk to. */
function asNobody(command: string): Promise<Outcome> {
  const env = { PATH: "/usr/bin:/bin", DOCKER_HOST: "unix:///nonexistent/docker.sock" };
  const child = spawn(process.execPath, [START, command, "-", "--simulate"], { cwd: "/", env, ...NOBODY });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin.end(TEXT);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/** Runs a command in this process, as whoever that is of. */
async function here(command: string, text: string, ...more: readonly string[]): Promise<Outcome> {
  const file = join(folder, "lab.yaml");
  await writeFile(file, text);
  using output = captureOutput();
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await main([command, file, "--simulate", ...more]);
    return { code: process.exitCode ?? 0, out: output.out, err: output.err };
  } finally {
    process.exitCode = before;
  }
}

describe.each(COMMANDS)("corebed %s --simulate", (command, expected) => {
  test("needs no rights and no Docker, and says what it is in the first line", async () => {
    const { code, out, err } = await asNobody(command);
    expect({ code, err }).toEqual({ code: expected, err: expect.stringMatching(/^$|^SIMULATED/) });
    expect(out).toMatch(/^SIMULATED/);
  });

  test("says so in JSON too", async () => {
    const { code, out } = await here(command, TEXT, "--json");
    expect({ code, json: JSON.parse(out) }).toMatchObject({ code: expected, json: { simulated: true } });
  });

  test("refuses what the modelled host has no CPU for", async () => {
    const { code, err } = await here(command, chainText(3).replace("  3: [", "  99: ["));
    expect([code, err]).toEqual([65, expect.stringContaining("99")]);
  });
});

test("a simulated apply goes through the plan that was shown, and makes none of it", async () => {
  const keys = ({ out }: Outcome) => JSON.parse(out).operations.map(({ key }: { readonly key: string }) => key);
  const planned = keys(await here("plan", TEXT, "--json"));
  expect(keys(await here("apply", TEXT, "--json"))).toEqual(planned);
  const { err } = await here("apply", TEXT);
  expect(err.match(/^ +created /gm)).toHaveLength(planned.length);
  expect(await readdir("/run/corebed").catch(() => [])).not.toContain("simulated-only");
});

test("a live change is refused: a model has no packets that could go on", async () => {
  const { code, out, err } = await here("apply", TEXT, "--live");
  expect([code, out]).toEqual([64, ""]);
  expect(err).toContain("error: --live measures packets of a lab that is up, which --simulate has not");
});
