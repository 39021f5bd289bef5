import { Stopper } from "../../../../src/cli/ci/stopper.ts";

// Waits for signals, as a run does, and tells what they came to.
const stopper = new Stopper();
stopper.signal.addEventListener("abort", () => process.stdout.write(`code ${stopper.cause?.code}\n`));
process.stdout.write("ready\n");
setInterval(() => {}, 60_000);
