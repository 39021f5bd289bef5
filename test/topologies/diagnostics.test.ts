import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatDiagnostics } from "../../src/topology/code-frame.ts";
import { parseTopology } from "../../src/topology/parse-topology.ts";

/*
 * Every bad/*.yaml is refused, every warnings/*.yaml accepted, with exactly the text in the .txt file beside it.
 * UPDATE=1 writes those files; read the difference before you keep it.
 */
const WIDTH = 120;

for (const kind of ["bad", "warnings"] as const) {
  const folder = new URL(`${kind}/`, import.meta.url);
  describe(kind, () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
      it(file, () => {
        const result = parseTopology(readFileSync(new URL(file, folder)), file);
        const diagnostics = result.ok ? result.warnings : result.diagnostics;
        const text = `${formatDiagnostics(diagnostics, result.source, { color: false, width: WIDTH })}\n`;
        const golden = new URL(file.replace(/\.yaml$/, ".txt"), folder);
        if (process.env.UPDATE === "1") writeFileSync(golden, text);
        expect(result.ok).toBe(kind === "warnings");
        expect(text).toBe(readFileSync(golden, "utf8"));
        expect(text.split("\n").filter((line) => line.length > WIDTH)).toEqual([]);
      });
    }
  });
}
