// SPDX-License-Identifier: Apache-2.0
// The generator (a sequence number and a TSC stamp in every packet), with one flow and with 100,000 chosen at random, against testpmd's txonly with its one
// flow: all at 64 B into DPDK's null driver on the same CPU, taking turns. node null-pktgen.mjs [CPU=1] [MAIN-CPU=0] [REPEATS=5] [SECONDS=1] prints one
// JSON object. Environment: NF_IMAGE.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { call } from "./ctl.mjs";

const [cpu = "1", mainCpu = "0", repeats = "5", seconds = "1"] = process.argv.slice(2);
const image = process.env.NF_IMAGE ?? "corebed/nf";
const durationMs = Number(seconds) * 1000;
const dir = mkdtempSync(join(tmpdir(), "corebed-null-"));
const name = `byhand-null-${process.pid}`;
const exec = promisify(execFile);
const docker = (...args) => exec("docker", args).then(({ stdout, stderr }) => stdout + stderr);
const flags = [
  "--network",
  "none",
  "--cpuset-cpus",
  [...new Set([cpu, mainCpu])].join(","),
  "--cap-drop",
  "ALL",
  "--cap-add",
  "IPC_LOCK",
  "--cap-add",
  "SYS_NICE",
];

const ONE_FLOW = { count: 1 };
const MANY_FLOWS = { count: 100_000, choice: "uniform" };

/** Packets per second of corebed-nf. */
async function pktgen(flows) {
  const control = join(dir, "ctl.sock");
  await docker(
    "run",
    "-d",
    "--name",
    name,
    ...flags,
    "-v",
    `${dir}:${dir}`,
    image,
    "pktgen",
    "--cpu",
    cpu,
    "--main-cpu",
    mainCpu,
    "--control",
    control,
    "--port",
    "driver=null",
  );
  try {
    for (let i = 0; i < 200; i++)
      if (
        await call(control, "info").then(
          () => true,
          () => sleep(20),
        )
      )
        break;
    const params = { frames: [{ bytes: 64, weight: 1 }], flows, ratePps: 0, dstMac: "02:00:00:00:00:02" };
    await call(control, "start", { ...params, trial: 1 });
    await sleep(200);
    await call(control, "start", { ...params, trial: 2 });
    await sleep(durationMs);
    await call(control, "stop");
    const { app, tscHz } = await call(control, "stats");
    return (app.sent * tscHz) / (app.stopTsc - app.startTsc);
  } finally {
    await docker("rm", "-f", name);
  }
}

/** Packets per second of testpmd, from the difference between two of its own readings of the port counters. */
async function testpmd() {
  await docker(
    "run",
    "-d",
    "-t",
    "--name",
    name,
    "--entrypoint",
    "dpdk-testpmd",
    ...flags,
    image,
    `--lcores=0@${mainCpu},1@${cpu}`,
    "--in-memory",
    "-m",
    "64",
    "--no-pci",
    "--no-telemetry",
    "--vdev=net_null0",
    "--",
    "--forward-mode=txonly",
    "--burst=32",
    "--txpkts=60",
    "--total-num-mbufs=8192",
    "--stats-period",
    "1",
    "--auto-start",
    "--no-mlockall",
  );
  try {
    await sleep(2200 + durationMs);
    const rates = [...(await docker("logs", name)).matchAll(/Tx-pps:\s+(\d+)/g)].map((match) => Number(match[1]));
    return Math.max(...rates); // the first reading covers the start-up; the best one is the fairest to testpmd
  } finally {
    await docker("rm", "-f", name);
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
try {
  const one = [];
  const many = [];
  const theirs = [];
  const turns = [
    async () => one.push(await pktgen(ONE_FLOW)),
    async () => theirs.push(await testpmd()),
    async () => many.push(await pktgen(MANY_FLOWS)),
  ];
  for (let i = 0; i < Number(repeats); i++) for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn();
  const ratios = one.map((rate, i) => rate / theirs[i]);
  const manyRatios = many.map((rate, i) => rate / theirs[i]);
  console.log(
    JSON.stringify({
      pktgenPps: Math.round(median(one)),
      manyFlowsPps: Math.round(median(many)),
      testpmdPps: Math.round(median(theirs)),
      ratio: median(ratios),
      ratios,
      manyFlowsRatio: median(manyRatios),
      manyFlowsRatios: manyRatios,
    }),
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
