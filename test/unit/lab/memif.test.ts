import { describe, expect, test } from "vitest";
import { nfCommand } from "../../../src/lab/nf-command.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { hostWith } from "./hosts.ts";
import { chainText, labOf, resolve } from "./make-lab.ts";

const memif = (nfs: number, parts = {}) => labOf(chainText(nfs, { top: "datapath: memif", ...parts }), hostWith(16));

/** Chain `gen, mine, sink` with this NF in the middle. */
const around = (nf: string) =>
  labOf(
    `name: own\ncores: { 1: gen, 2: mine, 3: sink }\nnfs:\n  gen: { app: pktgen }\n  mine: ${nf}\n  sink: { app: stats }\nchains: { main: [gen, mine, sink] }\ndatapath: memif\n`,
    hostWith(8),
  );

describe("a lab on memif", () => {
  test("has no switch, and leaves its CPU to the NFs", () => {
    const lab = labOf(chainText(2, { top: "datapath: memif" }), hostWith(2), { fold: true });
    expect(lab.switch).toBeUndefined();
    expect(lab.cpus.owners.map(({ owners }) => owners)).toEqual([["sink"], ["gen"]]);
  });

  test("NFs listen and connect in turn, so that an end takes as few as possible with it", () => {
    expect(memif(5).nfs.map(({ name, ports }) => [name, ...ports.map(({ role }) => role)])).toEqual([
      ["gen", "server"],
      ["fwd1", "client", "client"],
      ["fwd2", "server", "server"],
      ["fwd3", "client", "client"],
      ["sink", "server"],
    ]);
  });

  test("whose buffers are lent is the client, and is told so where packets come in", () => {
    const text = chainText(3, { top: "datapath: memif" }).replaceAll("l2fwd,", "l2fwd, memif: { zeroCopy: true },");
    const lab = labOf(text, hostWith(16));
    expect(lab.nfs.map(({ name, ports }) => [name, ...ports.map(({ role }) => role)])).toEqual([
      ["gen", "server"],
      ["fwd1", "client", "client"],
      ["sink", "server"],
    ]);
    const fwd = lab.nfs.find(({ name }) => name === "fwd1");
    const ports = fwd && nfCommand(lab, fwd)?.filter((word) => word.startsWith("driver="));
    expect(ports?.map((port) => port.includes(",zero-copy=yes"))).toEqual([true, false]);
  });

  test("rings are no longer than a memif can have", () => {
    const text = chainText(2, { top: "datapath: memif" }).replace("memory: 16MiB", "memory: 64MiB, queueSize: 32768");
    expect(labOf(text, hostWith(8)).nfs.map(({ ports }) => ports[0]?.queueSize)).toEqual([16_384, 1024]);
  });

  test("asks nothing of the kernel", () => {
    const kernelSupport = {
      tbf: false,
      tun: false,
      veth: false,
      bridge: false,
      macvlan: false,
      ipvlan: false,
      vxlan: true,
      "af-xdp": false,
    };
    const result = resolve(chainText(2, { top: "datapath: memif" }), { ...hostWith(8), kernelSupport });
    expect(result.ok).toBe(true);
  });
});

describe("an NF that does not try again", () => {
  test("listens, for its neighbours do", () => {
    expect(around("{ image: acme/probe }").nfs.map(({ ports }) => ports.map(({ role }) => role))).toEqual([
      ["client"],
      ["server", "server"],
      ["client"],
    ]);
  });

  test("is told its sockets and its part where it is the user's own", () => {
    const nf = labResources(around("{ image: acme/probe }")).find(({ id }) => id === "nf:mine");
    expect(nf?.kind === "nf" && nf.spec.env).toMatchObject({
      COREBED_PORT0_DATAPATH: "memif",
      COREBED_PORT0_SOCKET: "/run/corebed/own/hop.main-0/memif.sock",
      COREBED_PORT0_ROLE: "server",
      COREBED_PORT1_SOCKET: "/run/corebed/own/hop.main-1/memif.sock",
      COREBED_PORT1_ROLE: "server",
    });
  });

  test("is given the same as arguments where it is testpmd, memifs first", () => {
    const lab = labOf(
      "name: own\ncores: { 0: switch, 1: gen, 2: mine, 3: sink }\nnfs:\n  gen: { app: pktgen }\n  mine: { app: testpmd }\n  sink: { app: stats }\nchains: { main: { path: [gen, mine, sink], hops: [vhost-user, memif] } }\n",
      hostWith(8),
    );
    const nf = lab.nfs[1];
    const devices = nf && nfCommand(lab, nf)?.filter((word) => word.startsWith("--vdev="));
    expect(devices?.map((word) => word.replace(/mac=[^,]*/, "mac=M"))).toEqual([
      "--vdev=net_memif1,socket=/run/corebed/own/hop.main-1/memif.sock,role=server,socket-abstract=no,mac=M,rsize=10",
      expect.stringContaining("--vdev=net_virtio_user0,"),
    ]);
  });
});
