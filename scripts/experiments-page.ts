import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { experiments } from "../src/cli/experiments.ts";
import type { Result } from "../src/measure/result.ts";
import { validateResult } from "../src/measure/validate-result.ts";
import { armTable } from "../src/report/arm-table.ts";
import { chainTable } from "../src/report/chain-table.ts";
import { costTable } from "../src/report/experiment/cost-table.ts";
import { fitLines } from "../src/report/experiment/fit-lines.ts";
import { settingsTable } from "../src/report/experiment/settings-table.ts";
import { pipeTable } from "../src/report/format-markdown.ts";
import { cautions, whereMeasured } from "../src/report/headline.ts";
import { limitLines } from "../src/report/limit-lines.ts";
import { plotFiles } from "../src/report/plot/plot-files.ts";

/** A file of the page, by its path in the repository. */
export interface PageFile {
  readonly path: string;
  readonly text: string;
}

const PICTURES = "docs/pictures/experiments";
const FOLDER = "topologies/experiments";

/**
 * docs/experiments.md and its pictures, from what lies beside the experiments' files: `NAME.json`, the result of the reference machine, and `NAME.md`, what people make of
 * it. An experiment without a result is told as one.
 */
export async function experimentsPage(): Promise<readonly PageFile[]> {
  const sections: string[] = [];
  const pictures: PageFile[] = [];
  for (const { name, question, about } of await experiments()) {
    const result = await resultOf(name);
    const plots = result === undefined ? [] : plotFiles(result, name).slice(0, 2);
    pictures.push(...plots.map((plot) => ({ path: `${PICTURES}/${plot.name}`, text: plot.svg })));
    sections.push(
      [
        `## ${question}`,
        `\`corebed experiment run ${name}\` ([${name}.yaml](../${FOLDER}/${name}.yaml)). ${about}`,
        ...(result === undefined ? ["Not measured yet."] : await found(name, result)),
        ...plots.map((plot) => `![${question}](pictures/experiments/${plot.name})`),
      ].join("\n\n"),
    );
  }
  const text = `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
  return [{ path: "docs/experiments.md", text }, ...pictures];
}

const INTRODUCTION = `# Questions, and what was found

Made by \`node scripts/experiments-page.ts\` from the files in \`${FOLDER}\`: each experiment is a topology that runs as it is, with the result file that the tables
and plots below come from beside it. \`corebed experiment list\` names them; \`corebed experiment run NAME --fold-cores\` asks the machine at hand, and \`npm run experiments [NAME...]\` keeps what it
answers in place of what is here.

The reference machine is small: two virtual CPUs that others share. Ratios within a table were taken side by side, in turns; figures of different tables were not.`;

async function found(name: string, result: Result): Promise<readonly string[]> {
  const costs = costTable(result.arms);
  const fits = fitLines(result);
  const settings = settingsTable(result.arms);
  const chains = chainTable(result.arms);
  const limits = result.arms.flatMap((arm) => limitLines(arm).map((line) => `- ${arm.name}: ${line}`));
  return [
    ...(await reading(name)),
    pipeTable(armTable(result.arms)),
    ...(settings === undefined ? [] : [pipeTable(settings)]),
    ...(chains === undefined ? [] : ["Chain by chain:", pipeTable(chains)]),
    ...(limits.length === 0 ? [] : [limits.join("\n")]),
    ...(costs === undefined ? [] : ["What a packet costs, in nanoseconds and TSC cycles:", pipeTable(costs)]),
    ...(fits.length === 0 ? [] : [fits.map((fit) => `- ${fit}`).join("\n")]),
    ...cautions(result).map((text) => `> ${text}`),
    `<sub>${whereMeasured(result)} Result file: [${name}.json](../${FOLDER}/${name}.json).</sub>`,
  ];
}

/** What people made of the result; none where nobody has yet. */
async function reading(name: string): Promise<readonly string[]> {
  const text = await readFile(join(FOLDER, `${name}.md`), "utf8").catch(() => "");
  return text.trim() === "" ? [] : [text.trim()];
}

async function resultOf(name: string): Promise<Result | undefined> {
  const path = join(FOLDER, `${name}.json`);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const checked = validateResult(JSON.parse(text));
  if (!checked.ok) throw new Error(`${path}: ${checked.problems.join("; ")}`);
  return checked.result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES, { recursive: true });
  for (const { path, text } of await experimentsPage()) await writeFile(path, text);
}
