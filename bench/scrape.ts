import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { localHost } from "../src/host/local-host.ts";
import { makeExporter } from "../src/run/exporter/exporter.ts";
import { container, port } from "../test/unit/run/exporter/made-up.ts";
import { median, type Row, spread } from "./row.ts";

const NFS = 50;
const SCRAPES = 30;
const INTERVAL_MS = 1000;

/** What it takes to read the counters of fifty NFs: over real sockets, from peers in another process; listing containers, which is the engine's work, is left out. */
export async function benchScrape(): Promise<readonly Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-bench-"));
  const peers = spawn(process.execPath, ["bench/scrape-peers.ts", directory, String(NFS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(peers.stdout, "data");
    const containers = Array.from({ length: NFS }, (_, nf) =>
      container("bench", `nf:nf${nf}`, {
        nf: `nf${nf}`,
        app: nf % 2 === 0 ? "pktgen" : "stats",
        workerCpu: 1,
        ports: [port(nf % 2 === 0 ? "out" : "in")],
        controlSocket: `${directory}/${nf}/ctl.sock`,
      }),
    );
    const refuse = () => Promise.reject(new Error("not asked in this bench"));
    const docker = {
      containers: async () => containers,
      inspect: refuse,
      networks: refuse,
      engine: refuse,
      swarm: refuse,
    };
    const scrape = makeExporter({ reader: { host: localHost(), docker, tokenBuckets: refuse }, version: "bench" });
    // The first few are slower: code that is not compiled yet.
    for (let warm = 0; warm < 5; warm++) await scrape(2_000);
    const wallMs: number[] = [];
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    for (let turn = 0; turn < SCRAPES; turn++) {
      const before = performance.now();
      const { text } = await scrape(2_000);
      wallMs.push(performance.now() - before);
      const answered = text.match(/^corebed_nf_up\{.*\} 1$/gm)?.length ?? 0;
      if (answered !== NFS) throw new Error(`only ${answered} of ${NFS} NFs answered`);
      await delay(Math.max(0, INTERVAL_MS - (performance.now() - before)));
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const share = (user + system) / 1000 / (performance.now() - began);
    return [
      {
        what: `one scrape of ${NFS} NFs`,
        measured: `${spread(wallMs, 1)} ms`,
        target: "under 50 ms",
        reached: median(wallMs) < 50,
      },
      {
        what: `CPU time of corebed serve with ${NFS} NFs, scraped once a second`,
        measured: `${(share * 100).toFixed(2)} % of one CPU`,
        target: "under 1 %",
        reached: share < 0.01,
      },
    ];
  } finally {
    peers.kill();
    await rm(directory, { recursive: true, force: true });
  }
}
