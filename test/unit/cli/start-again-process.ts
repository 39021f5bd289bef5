import { followStarter, newStarterName, startAgain } from "../../../src/cli/start-again.ts";

/** Started by start-again.test.ts, which plays the shell of a user: once as who goes through sudo, and by itself as what sudo has started. */
const [role, sudo = "", name = ""] = process.argv.slice(2);
if (role === "starter") {
  const own = newStarterName();
  process.exit(await startAgain([sudo, process.execPath, import.meta.filename, "started", "", own], own, false));
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    process.stdout.write(`told of ${signal}\n`, () => process.exit(7));
  });
}
followStarter(name);
process.stdout.write(`up ${process.pid}\n`);
setTimeout(() => process.exit(8), 60_000);
