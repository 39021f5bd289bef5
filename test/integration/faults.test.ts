import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FAULTS } from "../faults/all.ts";
import type { Report } from "../faults/page.ts";
import { REPOSITORY } from "./support/corebed.ts";
import { takeTurn } from "./support/turn.ts";

/** A few of each fault; `npm run faults` makes all of them happen. */
const LIMIT_MS = 600_000;

let turn: AsyncDisposable | undefined;
let folder = "";
let output = "";
beforeAll(async () => {
  turn = await takeTurn();
  folder = await mkdtemp(join(tmpdir(), "corebed-faults-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await turn?.[Symbol.asyncDispose]();
});

test(
  "a few of each fault leave nothing behind, nothing wrong, and a lab that apply mends",
  async () => {
    const out = join(folder, "faults.json");
    const suite = spawn(process.execPath, [`${REPOSITORY}test/faults/main.ts`, "--few", "--out", out]);
    for (const stream of [suite.stdout, suite.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    }
    const limit = setTimeout(() => suite.kill("SIGTERM"), LIMIT_MS - 20_000);
    const [code] = await once(suite, "close");
    clearTimeout(limit);
    expect(code, output).toBe(0);
    const { rows } = JSON.parse(await readFile(out, "utf8")) as Report;
    expect(rows.map(({ name, times }) => [name, times > 0])).toEqual(FAULTS.map(({ name }) => [name, true]));
    expect(rows.flatMap(({ findings }) => findings)).toEqual([]);
  },
  LIMIT_MS,
);
