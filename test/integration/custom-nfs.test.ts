import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { TopologyInput } from "../../src/topology/schema.ts";
import type { Datapath } from "../../src/topology/topology.ts";
import { setUpBed } from "./support/bed.ts";
import { command } from "./support/command.ts";
import { REPOSITORY } from "./support/corebed.ts";
import { eventually } from "./support/eventually.ts";

const bed = setUpBed("it-custom");
const EXAMPLES = `${REPOSITORY}examples/custom-nfs`;

/** Installing packages may be slow. */
const BUILD_MS = 400_000;

beforeAll(async () => {
  // Where no registry is in reach corebed has made a base of its own.
  const own = await command("docker", "image", "inspect", "corebed/base:bookworm").then(
    () => ["--build-arg", "BASE=corebed/base:bookworm"],
    () => [],
  );
  for (const name of ["sockets", "testpmd"]) {
    await command("docker", "build", ...own, "--tag", `custom-${name}`, `${EXAMPLES}/${name}`);
  }
}, BUILD_MS);

/** An example of the repository, on another datapath and on the CPUs that are there. */
async function example(name: string, datapath: Datapath, other: Partial<TopologyInput> = {}): Promise<string> {
  const lab = parse(await readFile(`${EXAMPLES}/${name}.yaml`, "utf8")) as TopologyInput;
  return await bed.write("lab.yaml", { ...lab, name: "it-custom", datapath, ...other });
}

/** In the host's network namespace an image of the user's own reaches the host's network. */
function allowing(datapath: Datapath): readonly string[] {
  return datapath === "host" ? ["--fold-cores", "--allow-privileged"] : ["--fold-cores"];
}

async function logOf(nf: string): Promise<string> {
  return await command("docker", "logs", `corebed.it-custom.${nf}`);
}

describe("a DPDK program of the user's passes packets on", () => {
  test.each(["vhost-user", "memif", "macvlan", "host", "af-xdp", "ovs-veth"] as const)("over %s", async (datapath) => {
    const traffic = { frame: 128, rate: "2kpps", duration: "500ms", warmup: "50ms" } as const;
    const result = await bed.measure(await example("testpmd", datapath, { traffic }), ...allowing(datapath));
    const [chain] = result.arms[0]?.trials[0]?.chains ?? [];
    // It yields to nobody: generator and counter, which share its CPU, get little of it where the machine is loaded, and so does what it passes on.
    expect(chain?.received).toBeGreaterThan(20);
    await bed.expectNoTrace();
  });
});

describe("a program on a kernel interface gets the generator's packets", () => {
  test.each(["docker-bridge", "macvlan", "host", "af-xdp", "ovs-veth"] as const)("over %s", async (datapath) => {
    const file = await example("probe", datapath);
    await bed.expectExit(0, ["apply", file, ...allowing(datapath)]);
    await bed.measure(file, ...allowing(datapath));
    // 128 bytes with the FCS, which the kernel keeps to itself.
    await eventually(async () => /^124 bytes from 198\.1[89]\./m.test(await logOf("probe")) || undefined, {
      what: "the probe tells of a frame",
    });
    await bed.expectExit(0, ["destroy", "it-custom"]);
    await bed.expectNoTrace();
  });
});

describe("iperf3 finds its server by the address that corebed tells", () => {
  const SECONDS = 2;
  const paths = ["docker-bridge", "macvlan", "af-xdp", "ovs-veth"] as const;

  test.each(paths)("TCP over %s", async (datapath) => {
    const { bytes } = await streamed(datapath, []);
    // With wrong checksums not one segment would be taken.
    expect(bytes).toBeGreaterThan(1e6);
  });

  test.each(paths)("UDP over %s", async (datapath) => {
    const { bytes, lost_percent } = await streamed(datapath, ["--udp", "--bitrate", "10M"]);
    expect(bytes).toBeGreaterThan(1e6);
    expect(lost_percent).toBeLessThan(50);
  });

  /** iperf3's own figures of the receiving end. */
  async function streamed(datapath: Datapath, args: readonly string[]) {
    const lab = parse(await readFile(`${EXAMPLES}/iperf3.yaml`, "utf8")) as TopologyInput;
    const client = { ...lab.nfs.client, command: ["wait-for-port", "sleep", "infinity"] };
    const file = await example("iperf3", datapath, { nfs: { ...lab.nfs, client } });
    await bed.expectExit(0, ["apply", file, "--fold-cores"]);
    const run = `iperf3 --json --client "$COREBED_PORT0_PEER_IPV4" --time ${SECONDS} ${args.join(" ")}`;
    const { stdout } = await bed.expectExit(0, ["exec", "it-custom", "client", "--", "sh", "-c", run]);
    const { end } = JSON.parse(stdout) as { end: Record<string, { bytes: number; lost_percent: number }> };
    await bed.expectExit(0, ["destroy", "it-custom"]);
    await bed.expectNoTrace();
    return end.sum_received ?? end.sum ?? { bytes: 0, lost_percent: 100 };
  }
});

test("corebed counts what the stream carried, in frames as long as they are", async () => {
  const traffic = { duration: "2s", warmup: "500ms" } as const;
  const result = await bed.measure(await example("iperf3", "af-xdp", { traffic }), "--fold-cores");
  const [chain] = result.arms[0]?.trials[0]?.chains ?? [];
  expect((chain?.receivedBytes ?? 0) / (chain?.received ?? 1)).toBeGreaterThan(1000);
});

test("a program that does not wait for its interface and ends says so itself", async () => {
  const lab = parse(await readFile(`${EXAMPLES}/iperf3.yaml`, "utf8")) as TopologyInput;
  const client = { ...lab.nfs.client, command: ["sh", "-c", "echo no way out >&2; exit 3"] };
  const file = await example("iperf3", "af-xdp", { nfs: { ...lab.nfs, client } });
  const { stderr } = await bed.expectExit(69, ["apply", file, "--fold-cores"]);
  expect(stderr).toContain("container corebed.it-custom.client exited with code 3; the last it printed:");
  expect(stderr).toContain("no way out");
});

test("an NF of the user's own runs alone", async () => {
  const nfs = { mine: { image: "custom-sockets", command: ["sleep", "infinity"] } };
  const file = await bed.write("lab.yaml", {
    name: "it-custom",
    cores: { 1: "mine" },
    nfs,
    chains: { main: ["mine"] },
    datapath: "none",
  });
  await bed.expectExit(0, ["apply", file, "--fold-cores"]);
  const { stdout } = await bed.expectExit(0, ["exec", "it-custom", "mine", "--", "ls", "/sys/class/net"]);
  expect(stdout.trim()).toBe("lo");
});
