import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { dirname } from "node:path";
import { FAULTS } from "./all.ts";
import type { Row } from "./fault.ts";
import { type Report, reportPage } from "./page.ts";

/** Puts a fault's row into the file, in place of an older one, and makes the page anew. */
export async function keepRow(
  row: Row,
  files: { readonly out: string; readonly page: string | undefined },
): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const others = (await readReport(files.out)).filter(({ name }) => name !== row.name);
  const order = FAULTS.map(({ name }) => name);
  const report: Report = {
    machine: machineKind(),
    rows: [...others, { ...row, date }].toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
  };
  await write(files.out, `${JSON.stringify(report, undefined, 1)}\n`);
  if (files.page !== undefined) await write(files.page, await reportPage(report));
}

async function readReport(path: string): Promise<Report["rows"]> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? [] : (JSON.parse(text) as Report).rows;
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** What kind of machine this is, without its name. */
function machineKind(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} CPUs (${cpus()[0]?.model.trim()}), ${memory} GiB, Linux ${release().split("-")[0]}`;
}
