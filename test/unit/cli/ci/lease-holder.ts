import { LEASE_DIRECTORY, tryTakeLease } from "../../../../src/host/lease.ts";
import { ownIdentity, startTimeOf } from "../../../../src/host/process-identity.ts";

// A process that takes the lease of the directory that it is given, says so, and holds it until it is killed.
const [directory = LEASE_DIRECTORY] = process.argv.slice(2);
const world = { directory, self: await ownIdentity(), startTimeOf, now: () => new Date() };
const { taken } = await tryTakeLease(world, "the holder");
await taken?.beat({ labs: ["left-up"] });
process.stdout.write(taken === undefined ? "held\n" : "taken\n");
setInterval(() => {}, 60_000);
