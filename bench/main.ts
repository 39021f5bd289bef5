import { benchApply } from "./apply.ts";
import { benchByHand } from "./by-hand.ts";
import { benchCalibrate } from "./calibrate.ts";
import { benchChainMemif } from "./chain-memif.ts";
import { benchCompare } from "./compare.ts";
import { benchDockerBridgeSettings } from "./docker-bridge-settings.ts";
import { benchLongChain } from "./long-chain.ts";
import { benchMemifL2fwd } from "./memif-l2fwd.ts";
import { benchMemifStats } from "./memif-stats.ts";
import { benchNullPktgen } from "./null-pktgen.ts";
import { benchPingPong } from "./ping-pong.ts";
import { benchPlan } from "./plan.ts";
import { benchResultFile } from "./result-file.ts";
import type { Row } from "./row.ts";
import { benchScrape } from "./scrape.ts";
import { benchSearch } from "./search.ts";
import { benchStatistics } from "./statistics.ts";
import { benchSwitchOver } from "./switch-over.ts";

/**
 * `npm run bench [NAME...]`: what corebed must reach, measured as ratios of things that run in turns in this one process. Needs a host that
 * `corebed doctor --fix` has made ready and that does nothing else.
 */
const BENCHES: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  compare: benchCompare,
  "docker-bridge-settings": benchDockerBridgeSettings,
  "by-hand": benchByHand,
  "null-pktgen": benchNullPktgen,
  "memif-stats": benchMemifStats,
  "memif-l2fwd": benchMemifL2fwd,
  "ping-pong": benchPingPong,
  apply: benchApply,
  "switch-over": benchSwitchOver,
  plan: benchPlan,
  "long-chain": benchLongChain,
  "chain-memif": benchChainMemif,
  search: benchSearch,
  statistics: benchStatistics,
  calibrate: benchCalibrate,
  "result-file": benchResultFile,
  scrape: benchScrape,
};

const wanted = process.argv.slice(2);
let reached = true;
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`bench ${name} ...\n`);
  // One that fails must not take the figures of the others with it.
  const rows: readonly Row[] = await bench().catch((error: Error) => [
    { what: name, measured: `failed: ${error.message}`, target: "to end well", reached: false },
  ]);
  for (const row of rows) {
    console.log(`${row.reached ? "reached" : "MISSED "}  ${row.what}: ${row.measured} (at least: ${row.target})`);
  }
  reached &&= rows.every((row) => row.reached);
}
process.exitCode = reached ? 0 : 1;
