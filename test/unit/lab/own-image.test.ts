import { expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import { hostWith } from "./hosts.ts";
import { labOf } from "./make-lab.ts";

test("an image of the user's own is told its CPUs and its ports beside its own env", () => {
  const lab = labOf(
    "name: own\ncores: { 0: switch, 1: gen, 2: mine }\nnfs:\n  gen: { app: pktgen }\n  mine: { image: acme/probe, env: { LEVEL: high } }\nchains: { main: [gen, mine] }\n",
    hostWith(4),
  );
  const nf = labResources(lab).find((resource) => resource.id === "nf:mine");
  expect(nf?.kind === "nf" && nf.spec.env).toEqual({
    COREBED_NF: "mine",
    COREBED_CPU: "2",
    COREBED_MAIN_CPU: "3",
    COREBED_DIRECTORY: "/run/corebed/own/mine",
    COREBED_PORT0_CHAIN: "main",
    COREBED_PORT0_DATAPATH: "vhost-user",
    COREBED_PORT0_MAC: expect.stringMatching(/^02:42:c6:1[23]:/),
    COREBED_PORT0_IPV4: expect.stringMatching(/^198\.1[89]\./),
    COREBED_PORT0_PEER: "gen",
    COREBED_PORT0_PEER_MAC: expect.stringMatching(/^02:42:c6:1[23]:/),
    COREBED_PORT0_PEER_IPV4: expect.stringMatching(/^198\.1[89]\./),
    COREBED_PORT0_SOCKET: "/run/corebed/own/mine/p0.sock",
    LEVEL: "high",
  });
});

function specsOf(chain: string, hops: string) {
  const text = `name: own\ncores: { 0: switch, 1: gen, 2: mine, 3: sink }\nnfs:\n  gen: { app: pktgen }\n  mine: { image: acme/probe }\n  sink: { app: stats }\nchains: { main: { path: [${chain}], hops: [${hops}] } }\n`;
  return labResources(labOf(text, hostWith(5))).flatMap((resource) => (resource.kind === "nf" ? [resource.spec] : []));
}

test.each([
  ["docker-bridge, macvlan", "eth0", "eth1"],
  ["vhost-user, docker-bridge", undefined, "eth0"],
  ["af-xdp, ovs-veth", "p0", "p1"],
])("over %s it is told the names of its interfaces", (hops, first, second) => {
  const env = specsOf("gen, mine, sink", hops).find(({ nf }) => nf === "mine")?.env ?? {};
  expect([env.COREBED_PORT0_INTERFACE, env.COREBED_PORT1_INTERFACE]).toEqual([first, second]);
  expect([env.COREBED_PORT0_PEER, env.COREBED_PORT1_PEER]).toEqual(["gen", "sink"]);
});

test("only behind an image of the user's own does the kernel have checksums to complete", () => {
  const wires = specsOf("gen, mine", "af-xdp").map(({ nf, ports }) => [nf, ports[0]?.wire?.fullChecksums]);
  expect(wires.toSorted()).toEqual([
    ["gen", undefined],
    ["mine", true],
  ]);
});
