import { lines } from "../../integration/support/command.ts";
import { eventually } from "../../integration/support/eventually.ts";
import { switchProcess } from "../../integration/support/switch-process.ts";
import { pair, trio } from "../../integration/support/topology.ts";
import type { Bench } from "../bench.ts";
import { type Consumption, consumption, growth } from "../consumption.ts";
import type { Fault } from "../fault.ts";
import { mixed } from "../labs.ts";

const LAB = "fault-cycles";
/** Changes of a lab that stays up, for each ten labs that come and go. */
const CHANGES_SHARE = 10;
/** A run of hours is told of meanwhile. */
const TOLD_EVERY = 50;

/** Labs that come and go, and one that is changed to and fro, beside a `corebed serve` that watches. */
export const manyCycles: Fault = {
  name: "many-cycles",
  what: "apply and destroy again and again, and a lab that stays up changed to and fro, beside a corebed serve that lives on: files, interfaces, iptables rules, mounts, processes, rows of the switch's database, file descriptors and memory must not grow",
  few: 2,
  cases: (times = 1_000) => [
    { name: `${times} labs come and go`, times, run: (bench) => comeAndGo(bench, times) },
    changes(Math.max(2, Math.round(times / CHANGES_SHARE))),
  ],
};

async function comeAndGo(bench: Bench, times: number): Promise<void> {
  const file = await bench.write("lab.yaml", mixed(LAB));
  const serving = bench.start(["serve", "--listen", ":0"], { timeoutMs: Number.POSITIVE_INFINITY });
  await eventually(() => serving.stdout().includes("http://"), { what: "corebed serve listens" });
  const samples: Consumption[] = [];
  for (let cycle = 1; cycle <= times && bench.findings.length === 0; cycle += 1) {
    const applied = await bench.run(["apply", file]);
    const destroyed = await bench.run(["destroy", LAB]);
    if (applied.code !== 0) bench.find("not-converged", `cycle ${cycle}: ${applied.stderr.slice(-600)}`);
    if (destroyed.code !== 0) bench.find("not-destroyed", `cycle ${cycle}: ${destroyed.stderr.slice(-600)}`);
    const sample = await consumption({ "corebed serve": serving.pid });
    samples.push(sample);
    if (cycle % TOLD_EVERY === 0) process.stdout.write(`      ${cycle} of ${times}: ${JSON.stringify(sample)}\n`);
  }
  compare(bench, samples);
  serving.kill("SIGTERM");
  await bench.ended(serving, ["serve"]);
  await bench.wantNoTrace();
}

function changes(times: number) {
  return {
    name: `a lab is changed ${times} times`,
    times,
    run: async (bench: Bench) => {
      const files = [await bench.write("short.yaml", pair(LAB)), await bench.write("long.yaml", trio(LAB))];
      await bench.converge(files[1] ?? "");
      const samples: Consumption[] = [];
      for (let change = 0; change < times && bench.findings.length === 0; change += 1) {
        await bench.converge(files[change % 2] ?? "");
        if (change % 2 === 0) samples.push(await ofSwitch());
      }
      compare(bench, samples);
      await bench.destroy(LAB);
    },
  };
}

/** Rows of the database, and what its server and the switch hold. */
async function ofSwitch(): Promise<Consumption> {
  const database = await switchProcess(LAB, "ovsdb-server");
  const vswitchd = await switchProcess(LAB, "ovs-vswitchd");
  const rows = await lines(
    ...["docker", "exec", `corebed.${LAB}.switch`, "ovsdb-client", "--format=csv", "--no-headings", "dump"],
    `unix:/run/corebed/${LAB}/switch/db.sock`,
  );
  const host = await consumption({ database, vswitchd });
  return { ...host, counts: { ...host.counts, "rows of the switch's database": rows.length } };
}

/** The first tenth is left out: what is made once is made then. */
function compare(bench: Bench, samples: readonly Consumption[]): void {
  const from = Math.ceil(samples.length / 10);
  const width = Math.max(1, Math.floor(samples.length / 10));
  for (const text of growth(samples.slice(from, from + width), samples.slice(-width)))
    bench.find("leak", `grew: ${text}`);
}
