import { enableCompileCache } from "node:module";

// Compiled code of earlier runs, kept in the directory for temporary files: a run starts in half the time.
enableCompileCache();
const { main } = await import("./main.ts");
await main(process.argv.slice(2));
