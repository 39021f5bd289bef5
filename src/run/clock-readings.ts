import { type ClockDifference, type ClockReading, clockDifference } from "../measure/clock-difference.ts";
import type { NfClock } from "../rpc/nf-control/messages.ts";

/** Anything whose machine's clocks can be asked for: the control connection of an NF. */
interface Clock {
  readonly clock: () => Promise<NfClock>;
}

/** One quick answer among as many is what the difference is taken from. */
const ROUNDS = 16;

/** Asks the clocks of two machines in turns, and says how far they are apart. */
export async function compareClocks(sender: Clock, receiver: Clock): Promise<ClockDifference> {
  const [ofSender, ofReceiver]: [ClockReading[], ClockReading[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ofSender.push(await ask(sender));
    ofReceiver.push(await ask(receiver));
  }
  const difference = clockDifference(ofSender, ofReceiver);
  if (difference === undefined) throw new Error("internal: no clock was read");
  return difference;
}

async function ask(clock: Clock): Promise<ClockReading> {
  const askedNs = performance.now() * 1e6;
  const said = await clock.clock();
  return { askedNs, answeredNs: performance.now() * 1e6, ...said };
}
