// SPDX-License-Identifier: Apache-2.0
// One trial between a generator and a receiver: node trial.mjs GEN-SOCKET SINK-SOCKET SECONDS [START-PARAMETERS-AS-JSON]
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "./ctl.mjs";

const WARM_UP_MS = 300;
const DRAIN_MS = 100;

const [gen, sink, seconds, json] = process.argv.slice(2);
const durationMs = Number(seconds) * 1000;
const params = { ratePps: 0, dstMac: "02:00:00:00:00:02", ...JSON.parse(json ?? "{}") };

async function trial(number, ms) {
  await call(sink, "start", { trial: number });
  await call(gen, "start", { ...params, trial: number });
  await sleep(ms);
  await call(gen, "stop");
  await sleep(DRAIN_MS);
  return Promise.all([call(gen, "stats"), call(sink, "stats")]);
}

await trial(1, WARM_UP_MS);
const [sent, received] = await trial(2, durationMs);
await call(sink, "stop");
const durationSeconds = (sent.app.stopTsc - sent.app.startTsc) / sent.tscHz;
const { latencyNs, ...rest } = received.app;
console.log(
  JSON.stringify({
    sentPackets: sent.app.sent,
    receivedPackets: received.app.received,
    durationSeconds,
    deliveredPps: Math.round(received.app.received / durationSeconds),
    ...(process.env.DETAIL
      ? {
          gen: sent.app,
          ...rest,
          mean: latencyNs.sum / latencyNs.count,
          min: latencyNs.min,
          max: latencyNs.max,
          sinkPort: received.ports[0],
          genPort: sent.ports[0],
          sinkWorker: received.worker,
          genWorker: sent.worker,
        }
      : {}),
  }),
);
