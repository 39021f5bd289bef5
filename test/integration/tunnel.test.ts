import { describe, expect, test } from "vitest";
import { TUNNEL_KINDS } from "../../src/lab/tunnel.ts";
import { TunnelError } from "../../src/provision/tunnel-peers.ts";
import { setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { cable, converge, openLocalWorld, planOf, sendThrough, tunnelLabs } from "./support/tunnel-labs.ts";

/** Two labs of one machine take the parts of two hosts: each has a switch, an uplink on its own end of a cable, and one NF. */
const LAB = "it-tunnel";
const ENDS = ["ittunnel0", "ittunnel1"] as const;
const bed = setUpBed(LAB);
const world = openLocalWorld();

const changes = async (lab: Parameters<typeof planOf>[1]): Promise<readonly string[]> =>
  (await planOf(world, lab)).steps.flatMap(({ action, id, reason }) =>
    action === "keep" ? [] : [`${action} ${id}: ${reason}`],
  );

describe("a hop from one switch to another", () => {
  test.each(TUNNEL_KINDS)("over %s: packets come through whole, and each is accounted for", async (kind) => {
    const network = await cable(...ENDS);
    const labs = await tunnelLabs(LAB, kind, ENDS);
    const live = await converge(world, labs);
    for (const lab of labs) expect(await changes(lab)).toEqual([]);
    for (const bytes of [64, 1518]) {
      const { points } = await sendThrough(world, labs, live, { packets: 1_000, bytes });
      expect(points.map(({ at }) => at)).toEqual([
        "gen port 0 tx",
        "switch port gen-p0 rx",
        "switch port sink-p0 tx",
        "sink port 0 rx",
        "sink counted",
      ]);
      expect(points[0]?.packets).toBeGreaterThan(0);
      expect(points.at(-1)?.packets).toBeGreaterThan(0);
      expect(points.filter(({ unexplained }) => unexplained !== 0)).toEqual([]);
    }
    for (const { name } of labs) await bed.expectExit(0, ["destroy", name]);
    expect(await command("ip", "-brief", "link", "show", "type", "macvlan")).toBe("");
    await network[Symbol.asyncDispose]();
    await bed.expectNoTrace();
  });

  test("is told where it has no link, and where nobody is at its other end", async () => {
    await using _network = await cable(...ENDS);
    const [lab] = await tunnelLabs(LAB, "vxlan", ENDS);
    const alone = converge(world, [lab]);
    await expect(alone).rejects.toThrow(TunnelError);
    await expect(alone).rejects.toThrow(
      "tunnel tun.main-0 (vxlan) does not reach 203.0.113.2: nobody answers for that address (ARP, from 203.0.113.1/24 on ittunnel0)",
    );
    await command("ip", "link", "set", "dev", ENDS[1], "down");
    expect(await changes(lab)).toEqual(["replace uplink:switch: has no link: is ittunnel0 up, and its cable in?"]);
    await command("ip", "link", "set", "dev", ENDS[1], "up");
    await expect.poll(() => changes(lab)).toEqual([]);
  });

  test("is mended where its interface was taken away, and goes on without the other host's doing", async () => {
    await using _network = await cable(...ENDS);
    const labs = await tunnelLabs(LAB, "vxlan", ENDS);
    await converge(world, labs);
    const pid = await command("docker", "inspect", "--format", "{{.State.Pid}}", `corebed.${LAB}-a.switch`);
    await command("nsenter", "--target", pid, "--net", "ip", "link", "delete", "dev", "up0");
    expect(await changes(labs[0])).toEqual(["replace uplink:switch: has lost its interface up0 on ittunnel0"]);
    const live = await converge(world, labs);
    const { points } = await sendThrough(world, labs, live, { packets: 200, bytes: 64 });
    expect(points.at(-1)?.packets).toBeGreaterThan(0);
  });
});
