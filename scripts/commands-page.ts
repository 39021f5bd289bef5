import { writeFile } from "node:fs/promises";
import { commandsPage } from "../src/cli/commands-page.ts";
import { makeProgram } from "../src/cli/main.ts";

// Writes docs/commands.md anew. A unit test tells when that has been forgotten.
await writeFile(new URL("../docs/commands.md", import.meta.url), commandsPage(makeProgram()));
