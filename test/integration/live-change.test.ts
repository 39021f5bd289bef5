import { expect, test } from "vitest";
import { type LiveChange, liveChangeSchema } from "../../src/measure/live-change-schema.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { containerIds, lines } from "./support/command.ts";
import { askNf, packetsOf } from "./support/nf-socket.ts";
import { pair, trio } from "./support/topology.ts";

const bed = setUpBed("it-live");
const LAB = "it-live";

test("a forwarder comes into a chain whose packets flow and leaves it again, and nobody else is restarted", async () => {
  const short = await bed.write("short.yaml", pair(LAB));
  const long = await bed.write("long.yaml", trio(LAB));
  await bed.expectExit(0, ["apply", short]);
  const before = await starts(LAB);

  const longer = await live(long);
  expect(longer.changes).toEqual(["create directory:fwd", "create nf:fwd", "update bridge:br0", "update flows:br0"]);
  expectPackets(longer, ["gen", "fwd", "sink"]);
  const { fwd, ...others } = await starts(LAB);
  expect(others).toEqual(before);
  expect(fwd).toBeDefined();
  // They did not only arrive: they came through it.
  expect((await packetsOf(LAB, "fwd")).tx).toBeGreaterThan(0);
  await bed.expectExit(0, ["plan", long]);
  expectTraffic(await bed.measure(long));

  // What goes is asked for here too.
  const asked = await bed.expectExit(64, ["apply", short, "--live"]);
  expect(asked.stderr).toContain("-   nf:fwd: the topology no longer has it");
  expect(asked.stderr).not.toContain("Interrupts traffic");
  const shorter = await live(short, "--yes");
  expect(shorter.changes).toEqual(["update bridge:br0", "update flows:br0", "delete directory:fwd", "delete nf:fwd"]);
  expectPackets(shorter, ["gen", "sink"]);
  expect(await starts(LAB)).toEqual(before);
  await bed.expectExit(0, ["plan", short]);
  expectTraffic(await bed.measure(short));

  const again = await bed.expectExit(0, ["apply", short, "--live"]);
  expect(again.stdout).toBe(`Lab ${LAB} is as the file says: nothing to do.\n`);
  await bed.expectExit(0, ["destroy", LAB]);
  await bed.expectNoTrace();
});

test.each(["memif", "docker-bridge"] as const)(
  "over %s the chain's end would restart: that is said, and nothing is touched",
  async (datapath) => {
    const short = await bed.write("short.yaml", pair(LAB, { datapath }));
    const long = await bed.write("long.yaml", trio(LAB, { datapath }));
    await bed.expectExit(0, ["apply", short]);
    const before = await starts(LAB);
    const refused = await bed.expectExit(69, ["apply", long, "--live"]);
    expect(refused.stderr).toContain(`error: lab ${LAB} cannot become what the file says while its traffic flows`);
    expect(refused.stderr).toMatch(/ {2}- nf:sink would be restarted: /);
    expect(await starts(LAB)).toEqual(before);
    await bed.expectExit(0, ["plan", short]);
  },
);

test("of a lab that is not up there is nothing to change live", async () => {
  const refused = await bed.expectExit(69, ["apply", await bed.write("lab.yaml", pair(LAB)), "--live"]);
  expect(refused.stderr).toContain(
    `error: lab ${LAB} is not up: nothing flows that could go on\n  = help: corebed apply without --live brings it up`,
  );
});

test("Ctrl-C in the middle stops the traffic and leaves a lab that apply finishes", async () => {
  const short = await bed.write("short.yaml", pair(LAB));
  const long = await bed.write("long.yaml", trio(LAB));
  await bed.expectExit(0, ["apply", short]);
  const running = bed.start(["apply", long, "--live"]);
  await running.says(/created nf:fwd/);
  running.kill("SIGINT");
  const finished = await running.finished;
  expect(finished.code, finished.stderr).toBe(130);
  expect(finished.stderr).toContain(
    `Its traffic is stopped, and what was begun stays: corebed apply ${long} goes on from there.`,
  );
  expect((await askNf(LAB, "gen", "stats"))?.running).toBe(false);

  await bed.expectExit(0, ["apply", long, "--yes"]);
  await bed.expectExit(0, ["plan", long]);
  expectTraffic(await bed.measure(long));
});

async function live(file: string, ...options: readonly string[]): Promise<LiveChange> {
  const { stdout } = await bed.expectExit(0, ["apply", file, "--live", "--json", ...options]);
  return liveChangeSchema.parse(JSON.parse(stdout));
}

/** What the packets of the one chain must show, on however slow a machine. */
function expectPackets(change: LiveChange, path: readonly string[]): void {
  expect(change).toMatchObject({ lab: LAB, changed: true, chains: [{ chain: "main", path, direction: "forward" }] });
  const [chain] = change.chains;
  expect(chain?.phases.map(({ phase }) => phase)).toEqual(["bring-up", "switch-over", "take-away"]);
  expect(chain?.undisturbed.receivedPackets).toBeGreaterThan(0);
  expect(chain?.phases.every(({ receivedPackets, longestGapMs }) => receivedPackets > 0 && longestGapMs > 0)).toBe(
    true,
  );
  expect(chain?.blockedMs).toBe(chain?.phases[1]?.longestGapMs);
  const { sentPackets = 0, receivedPackets = 0, lostPackets = 0, duplicatePackets = 0 } = chain ?? {};
  expect(receivedPackets - duplicatePackets + lostPackets).toBe(sentPackets);
  expect(lostPackets).toBeLessThan(sentPackets / 2);
}

/** When each container of the lab was started, with its id, by NF. */
async function starts(lab: string): Promise<Readonly<Record<string, string>>> {
  const ids = [...(await containerIds(lab))];
  const found = await lines(
    "docker",
    "inspect",
    "--format",
    "{{.Id}} {{.State.StartedAt}}",
    ...ids.map(([, id]) => id),
  );
  return Object.fromEntries(ids.map(([name], i) => [name, found[i] ?? ""]));
}
