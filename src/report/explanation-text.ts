import type { Explanation } from "../measure/explain/explain.ts";
import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { hanging } from "./text.ts";

/** An explanation as lines: the limit, what to try, and the figures behind it. */
export function formatExplanation(name: string, { limit, others, figures }: Explanation, output: Output): string {
  const lines = [
    ...hanging("", `${name}: ${limit.sentence}`, output).map((line) => paint("bold", line, output)),
    ...hanging("  where  ", limit.where, output),
    ...hanging("  try    ", limit.tryThis, output),
    ...figures.flatMap((figure, index) => hanging(index === 0 ? "  seen   " : "         ", figure, output)),
    ...others.flatMap((other, index) => hanging(index === 0 ? "  also   " : "         ", other.sentence, output)),
  ];
  return lines.join("\n");
}
