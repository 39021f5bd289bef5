import { spawnSync } from "node:child_process";
import { experimentNamed, experiments } from "../src/cli/experiments.ts";

/**
 * `npm run experiments [NAME...]`: asks this machine the questions of docs/experiments.md, all of them or those named, keeps each result beside its topology, and makes the
 * page with its tables and plots anew. What the results mean is for people to say, in `NAME.md` beside them.
 */
const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? await experiments() : await Promise.all(wanted.map(experimentNamed));
const failed: string[] = [];
for (const { name } of chosen) {
  const out = `topologies/experiments/${name}.json`;
  const startedAt = performance.now();
  const code = run(["bin/corebed", "experiment", "run", name, "--fold-cores", "--out", out]);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`== ${name}: ${code === 0 ? "kept" : `ended with ${code}`}, ${seconds} s\n\n`);
  if (code !== 0) failed.push(name);
}
if (run([process.execPath, "scripts/experiments-page.ts"]) !== 0) failed.push("docs/experiments.md");
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(", ")}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

function run([program = "", ...argv]: readonly string[]): number {
  return spawnSync(program, argv, { stdio: "inherit" }).status ?? 1;
}
