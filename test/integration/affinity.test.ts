import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { command, lines } from "./support/command.ts";
import { switchProcess } from "./support/switch-process.ts";
import { pair, trio } from "./support/topology.ts";

const bed = setUpBed("it-aff");
const LAB = "it-aff";

describe("threads are where the affinity map says", () => {
  test("as /proc shows it, read without corebed", async () => {
    const file = await bed.write("lab.yaml", pair(LAB));
    await bed.expectExit(0, ["apply", file]);
    const threads = { gen: await workerOf("gen"), sink: await workerOf("sink"), switch: await pmdOf() };
    expect(threads.gen.allowed).toBe("1");
    expect(threads.sink.allowed).toBe("1");
    expect(threads.switch.allowed).toBe("0");
    expect(threads.switch.name).toMatch(/^pmd-c00/);
    // They poll, or sleep between trials; none is a zombie.
    for (const thread of Object.values(threads)) expect(thread.state).toMatch(/^[RSD]/);
  });

  test("on a kernel datapath, each NF on a CPU of its own", async () => {
    const file = await bed.write("lab.yaml", pair(LAB, { cores: { 0: "sink", 1: "gen" }, datapath: "docker-bridge" }));
    await bed.expectExit(0, ["apply", file]);
    expect((await workerOf("gen")).allowed).toBe("1");
    expect((await workerOf("sink")).allowed).toBe("0");
  });
});

test("who else wants a CPU of the lab's gets it, and soon", async () => {
  const nfs = { gen: { app: "pktgen" }, fwd: { app: "testpmd" }, sink: { app: "stats" } } as const;
  const file = await bed.write("lab.yaml", trio(LAB, { nfs }));
  await bed.expectExit(0, ["apply", file]);
  const [longestMs] = await lines("taskset", "--cpu-list", "1", process.execPath, "--eval", LONGEST_WAIT_MS);
  expect(Number(longestMs)).toBeLessThan(1000);
});

describe("a thread that somebody moved is named, by apply and by run", () => {
  test.each([
    ["a worker", () => workerOf("gen"), "gen worker"],
    ["a poll-mode thread", () => pmdOf(), "switch PMD"],
  ] as const)("%s", async (_, find, name) => {
    const file = await bed.write("lab.yaml", pair(LAB));
    await bed.expectExit(0, ["apply", file]);
    const moved = await find();
    // The switch may use no CPU but its own: who wants to move its thread has to widen that first.
    await command("docker", "update", "--cpuset-cpus", "0-1", `corebed.${LAB}.switch`);
    const [home, away] = moved.allowed === "0" ? ["0", "1"] : ["1", "0"];
    await command("taskset", "--pid", "--cpu-list", "0-1", String(moved.tid));
    const wider = await bed.expectExit(69, ["apply", file]);
    expect(wider.stderr).toContain(
      `error: threads are not on the CPUs of the affinity map: ${name} (thread ${moved.tid}) may run on CPU 0,1 instead of ${home}`,
    );
    expect(wider.stdout).toBe("");

    await command("taskset", "--pid", "--cpu-list", away, String(moved.tid));
    const run = await bed.expectExit(69, ["run", file, "--trials", "1"]);
    expect(run.stderr).toContain(`${name} (thread ${moved.tid}) may run on CPU ${away} instead of ${home}`);

    await command("taskset", "--pid", "--cpu-list", home, String(moved.tid));
    expectTraffic(await bed.measure(file));
  });
});

/** Sleeps for 10 ms again and again, some 5 s long, and prints how much longer than it wanted it slept at worst. */
const LONGEST_WAIT_MS = `
  let longest = 0;
  (async () => {
    for (let i = 0; i < 500; i++) {
      const asleep = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 10));
      longest = Math.max(longest, performance.now() - asleep - 10);
    }
    console.log(longest);
  })();`;

interface Thread {
  readonly tid: number;
  readonly name: string;
  readonly allowed: string;
  readonly state: string;
}

async function workerOf(nf: string): Promise<Thread> {
  const pid = Number(await command("docker", "inspect", "--format", "{{.State.Pid}}", `corebed.${LAB}.${nf}`));
  const worker = threadsOf(pid).find((thread) => thread.name.includes("worker"));
  if (worker === undefined) throw new Error(`${nf} has no worker among ${JSON.stringify(threadsOf(pid))}`);
  return worker;
}

async function pmdOf(): Promise<Thread> {
  const pmd = (await switchThreads()).find((thread) => thread.name.startsWith("pmd-c"));
  if (pmd === undefined) throw new Error("the switch has no poll-mode thread");
  return pmd;
}

async function switchThreads(): Promise<readonly Thread[]> {
  return threadsOf(await switchProcess(LAB, "ovs-vswitchd"));
}

function threadsOf(pid: number): readonly Thread[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8");
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    return { tid: Number(tid), name: field("Name"), allowed: field("Cpus_allowed_list"), state: field("State") };
  });
}
