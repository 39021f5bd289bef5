import { FAULTS } from "./all.ts";
import { readOptions, USAGE } from "./options.ts";
import { endEngine, privateHost, runInPrivateHost, setUpPrivateHost } from "./private-host.ts";
import { keepRow } from "./report-file.ts";
import { runFault } from "./run-fault.ts";

/**
 * `npm run faults [-- NAME...] [--times N] [--out FILE] [--page FILE]`: makes faults happen on a real lab, in a host of its own, and writes what was found, as
 * JSON and as docs/faults.md. Rows of faults that were not asked for stay as they are in the file, so that a long run can be done in parts. Ends with 1 if
 * anything was found.
 */
const options = readOptions(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(USAGE);
  process.exit(64);
}
const host = privateHost();
if (host === undefined) process.exit(await runInPrivateHost(process.argv.slice(1)));
await setUpPrivateHost(host);

let found = false;
for (const fault of FAULTS.filter(({ name }) => options.names.length === 0 || options.names.includes(name))) {
  process.stdout.write(`== ${fault.name}\n`);
  const times = options.few ? fault.few : options.times;
  for await (const { name, findings, row } of runFault(fault, { times, named: options.named })) {
    process.stdout.write(`${findings.length === 0 ? "ok   " : "FOUND"} ${name}\n`);
    for (const { kind, text } of findings) process.stdout.write(`      ${kind}: ${text}\n`);
    found ||= findings.length > 0;
    await keepRow(row, options);
  }
}
await endEngine("SIGTERM");
process.exit(found ? 1 : 0);
