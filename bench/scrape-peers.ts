import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { nfStats } from "../test/unit/run/exporter/made-up.ts";

/**
 * Stands in for the control threads of NFs, in a process of its own so that its CPU time is not the exporter's: answers every request on DIRECTORY/N/ctl.sock
 * with counters; every other one is a receiver with histograms as full as a trial of seconds fills them. Arguments: directory, how many.
 */
const [directory = "", count = "0"] = process.argv.slice(2);
const buckets = Array.from({ length: 150 }, (_, place) => [1000 + place * 37, 1000 + place]);
const latencyNs = { count: 1e6, min: 1000, max: 1e6, sum: 1e9, buckets };
const full = nfStats("stats", [{ rxPackets: 1e9, rxBytes: 64e9 }]);
const RECEIVER = { ...full, app: { ...full.app, latencyNs, interArrivalNs: latencyNs } };
const GENERATOR = nfStats("pktgen", [{ txPackets: 1e9, txBytes: 64e9 }]);

let listening = 0;
for (let nf = 0; nf < Number(count); nf++) {
  mkdirSync(`${directory}/${nf}`);
  createServer((socket) => {
    socket.setEncoding("utf8").on("data", (text: string) => {
      const { id } = JSON.parse(text) as { readonly id: number };
      socket.write(JSON.stringify({ id, result: nf % 2 === 0 ? GENERATOR : RECEIVER, error: null }));
    });
    socket.on("error", () => {});
  }).listen(`${directory}/${nf}/ctl.sock`, () => {
    listening += 1;
    if (listening === Number(count)) process.stdout.write("ready\n");
  });
}
