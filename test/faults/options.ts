import { parseArgs } from "node:util";
import { FAULTS } from "./all.ts";

/** What the command line asks for. */
export interface Options {
  /** Faults; all if empty. */
  readonly names: readonly string[];
  readonly times: number | undefined;
  /** As many of each fault as `npm test` takes. */
  readonly few: boolean;
  /** Only cases whose names have this text. */
  readonly named: string | undefined;
  /** The JSON file, and the page that is made of it if one is wanted. */
  readonly out: string;
  readonly page: string | undefined;
}

/** Told to whoever asks for what there is not. */
export const USAGE = `usage: npm run faults -- [NAME...] [options]

  --times <n>    of each fault at most so many cases; of those at random
                 moments, and of cycles, as many (default: all; 200; 1000)
  --few          as many as npm test takes
  --case <text>  only cases whose names have this text
  --out <file>   the figures as JSON; what the file has of other faults stays
                 (default: results/faults.json)
  --page <file>  the page that is made of them (docs/faults.md)

faults:
${FAULTS.map(({ name }) => `  ${name}\n`).join("")}`;

/** Undefined if the command line is wrong. */
export function readOptions(args: string[]): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        times: { type: "string" },
        few: { type: "boolean", default: false },
        case: { type: "string" },
        out: { type: "string", default: "results/faults.json" },
        page: { type: "string" },
      },
    });
    const times = values.times === undefined ? undefined : Number(values.times);
    if (times !== undefined && !(Number.isInteger(times) && times > 0)) return undefined;
    if (positionals.some((name) => !FAULTS.some((fault) => fault.name === name))) return undefined;
    return { names: positionals, times, few: values.few, named: values.case, out: values.out, page: values.page };
  } catch {
    return undefined;
  }
}
