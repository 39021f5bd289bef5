import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { limitPlaces } from "../../../src/lab/limit.ts";
import type { NfContainerSpec, Resource, ResourceKind, SpecOf } from "../../../src/lab/resource.ts";
import { canonicalJson, specDigest } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { onSharedMemory } from "../../../src/lab/shared-memory.ts";
import { CARRIERS, type Datapath } from "../../../src/topology/topology.ts";
import { referenceMachine } from "./hosts.ts";
import { chainText, example, labOf, parse } from "./make-lab.ts";

const EXAMPLES = readdirSync(new URL("../../../topologies/", import.meta.url)).filter((file) => file.endsWith(".yaml"));

/** Every example as it is, and on each datapath that takes the place of its own. */
const LABS = EXAMPLES.flatMap((file) => [
  { file, datapath: undefined },
  ...(file === "generator-alone.yaml" ? [] : CARRIERS)
    .filter((datapath) => datapath !== parse(example(file)).topology.datapath)
    .filter((datapath) => file !== "mixed-hops.yaml" || datapath === "docker-bridge")
    .filter((datapath) => file !== "shaped.yaml" || limitPlaces(datapath).includes("egress"))
    .map((datapath) => ({ file, datapath })),
]);

function resourcesOf({ file, datapath }: { readonly file: string; readonly datapath?: Datapath | undefined }) {
  return labResources(labOf(example(file), undefined, datapath === undefined ? {} : { datapath }));
}

function specsOf<Kind extends ResourceKind>(resources: readonly Resource[], kind: Kind): readonly SpecOf<Kind>[] {
  return resources.flatMap((resource) => (resource.kind === kind ? [resource.spec as SpecOf<Kind>] : []));
}

describe.each(LABS)("$file on $datapath", (lab) => {
  const resources = resourcesOf(lab);

  test("each resource comes once, after everything that it needs, sits in or is attached to", () => {
    const made = new Set<string>();
    for (const resource of resources) {
      const before = [
        ...resource.needs,
        ...resource.boundTo,
        ...(resource.inside === undefined ? [] : [resource.inside]),
      ];
      expect(before.filter((id) => !made.has(id))).toEqual([]);
      expect(made).not.toContain(resource.id);
      expect(resource.id.startsWith(`${resource.kind}:`)).toBe(true);
      made.add(resource.id);
    }
  });

  test("what a resource sits in or is attached to, it also needs", () => {
    for (const { needs, boundTo, inside, id } of resources) {
      // The bridge needs what configures the switch, which needs the switch.
      const home = inside === undefined || id === "bridge:br0" ? [] : [inside];
      expect([...boundTo, ...home].filter((other) => !needs.includes(other))).toEqual([]);
    }
  });

  test("every chain that it interrupts is one of the lab's", () => {
    const chains = new Set(parse(example(lab.file)).topology.chains.map((chain) => chain.name));
    for (const resource of resources) {
      expect(resource.chains.length).toBeGreaterThan(0);
      expect(resource.chains.filter((chain) => !chains.has(chain))).toEqual([]);
    }
  });

  test("no container is privileged, and each has the capabilities that its ports need", () => {
    expect(JSON.stringify(resources)).not.toMatch(/privileged|SYS_RAWIO/i);
    const ports = specsOf(resources, "nf").flatMap((nf) => nf.ports);
    const onXdp = ports.some(({ datapath }) => datapath === "af-xdp");
    const onVeth = ports.some(({ datapath }) => datapath === "ovs-veth");
    for (const { capabilities } of specsOf(resources, "switch")) {
      const wired = onXdp ? ["NET_RAW", "IPC_LOCK", "SYS_ADMIN"] : onVeth ? ["NET_RAW"] : undefined;
      expect(capabilities).toEqual(specsOf(resources, "cable").length > 0 ? ["NET_RAW", "IPC_LOCK"] : wired);
    }
    for (const nf of specsOf(resources, "nf")) {
      const onKernel = nf.ports.some((port) => !onSharedMemory({ datapath: port.datapath as Datapath }));
      // Loading an XDP program takes SYS_ADMIN; nothing else of a lab has it.
      const loadsXdp = nf.ports.some((port) => port.datapath === "af-xdp");
      expect(nf.capabilities).toEqual([
        "SYS_NICE",
        ...(onKernel ? ["IPC_LOCK", "NET_RAW", "NET_ADMIN"] : []),
        ...(loadsXdp ? ["SYS_ADMIN"] : []),
      ]);
    }
  });

  test("no two things have one name, path or address", () => {
    const nfs = specsOf(resources, "nf");
    const ports = nfs.flatMap((nf) => nf.ports);
    for (const values of [
      nfs.map((nf) => nf.container),
      specsOf(resources, "directory").map((directory) => directory.path),
      specsOf(resources, "network").flatMap(({ name }) => [name]),
      specsOf(resources, "network").map(({ subnet }) => subnet),
      [
        ...specsOf(resources, "veth").flatMap(({ ends }) => ends),
        ...specsOf(resources, "network").flatMap(({ bridge }) => bridge ?? []),
      ],
      // Ports of ipvlan have the MAC of their parent.
      ports.filter(({ datapath }) => datapath !== "ipvlan").map((port) => port.mac),
      // The client of a memif comes to its server's socket.
      ports.filter((port) => port.role !== "client").flatMap((port) => port.socket ?? []),
    ]) {
      expect(values.filter((value, i) => values.indexOf(value) !== i)).toEqual([]);
    }
  });

  test("every socket, interface and network of a port is made by some resource", () => {
    const directories = new Set(specsOf(resources, "directory").map((directory) => directory.path));
    const ends = new Set(specsOf(resources, "veth").flatMap((veth) => veth.ends));
    for (const { ends: inside } of specsOf(resources, "cable"))
      expect(inside.filter((end) => ends.has(end))).toEqual([]);
    const switchPorts = specsOf(resources, "port").map(({ port }) => port.name);
    const networks = new Set(specsOf(resources, "network").map((network) => network.name));
    for (const nf of specsOf(resources, "nf")) {
      for (const seen of [nf.directory, ...(nf.sharedDirectories ?? [])]) expect(directories).toContain(seen);
      for (const port of nf.ports) {
        const home = port.socket?.slice(0, port.socket.lastIndexOf("/"));
        if (home !== undefined) expect([nf.directory, ...(nf.sharedDirectories ?? [])]).toContain(home);
        if (port.interface !== undefined && port.wire === undefined) expect(ends).toContain(port.interface);
        if (port.wire !== undefined) expect(switchPorts).toContain(port.wire.peer);
        if (port.network !== undefined) expect(networks).toContain(port.network);
        const ways = [port.socket, port.interface, port.network].filter((way) => way !== undefined);
        expect(ways).toHaveLength(port.datapath === "none" ? 0 : 1);
      }
    }
  });

  test("every vhost-user socket and every veth pair has one OVS port, and the flows lead from each port to another", () => {
    const bridge = specsOf(resources, "bridge")[0];
    const ports = specsOf(resources, "nf").flatMap((nf) => nf.ports);
    const sockets = ports.flatMap(({ datapath, socket }) => (datapath === "memif" ? [] : (socket ?? [])));
    expect(bridge?.ports.flatMap((port) => port.options["vhost-server-path"] ?? []).toSorted() ?? []).toEqual(
      sockets.toSorted(),
    );
    const wired = specsOf(resources, "port").map(({ port }) => port);
    expect(wired.map(({ name }) => name).toSorted()).toEqual(ports.flatMap(({ wire }) => wire?.peer ?? []).toSorted());
    const numbers = [...(bridge?.ports ?? []), ...wired].map((port) => port.ofport).toSorted((a, b) => a - b);
    const flows = specsOf(resources, "flows")[0]?.flows ?? [];
    expect(flows.map((flow) => flow.inPort)).toEqual(numbers);
    expect(flows.map((flow) => flow.output).toSorted((a, b) => a - b)).toEqual(numbers);
    expect(flows.filter((flow) => flow.inPort === flow.output)).toEqual([]);
  });

  test("the two ends of a memif share one directory and nothing else, and one of them listens", () => {
    const nfs = specsOf(resources, "nf");
    const memifs = nfs.flatMap((nf) => nf.ports.filter((port) => port.datapath === "memif"));
    for (const { socket } of memifs) {
      const ends = memifs.filter((port) => port.socket === socket);
      expect(ends.map(({ role }) => role).toSorted()).toEqual(["client", "server"]);
    }
    const shared = nfs.flatMap((nf) => nf.sharedDirectories ?? []);
    expect(shared).toHaveLength(memifs.length);
    expect(new Set(shared).size).toBe(memifs.length / 2);
  });

  test("an NF may run on its own CPU and the housekeeping one only", () => {
    for (const nf of specsOf(resources, "nf")) {
      expect(nf.cpus).toContain(nf.workerCpu);
      expect(nf.cpus.length).toBeLessThanOrEqual(2);
    }
  });
});

test.each(CARRIERS)("pktgen-stats on %s as it has always been", async (datapath) => {
  const kernelSupport = { ...referenceMachine.kernelSupport, ipvlan: true };
  const lab = labOf(example("pktgen-stats.yaml"), { ...referenceMachine, kernelSupport }, { fold: true, datapath });
  const text = `${JSON.stringify(labResources(lab), undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`golden/resources-${datapath}.json`);
});

describe("how a container joins its networks", () => {
  const nfOn = (datapath: Datapath): NfContainerSpec | undefined =>
    specsOf(resourcesOf({ file: "pktgen-stats.yaml", datapath }), "nf")[0];

  test("none over vhost-user and memif, the host's over host, those of its ports over Docker", () => {
    expect(CARRIERS.map((datapath) => [datapath, nfOn(datapath)?.networkMode])).toEqual([
      ["vhost-user", "none"],
      ["docker-bridge", "networks"],
      ["macvlan", "networks"],
      ["ipvlan", "networks"],
      ["overlay", "networks"],
      ["host", "host"],
      ["memif", "none"],
      ["nic", "none"],
      ["af-xdp", "none"],
      ["ovs-veth", "none"],
    ]);
    const [alone] = specsOf(labResources(labOf(example("generator-alone.yaml"))), "nf");
    expect(alone).toMatchObject({ networkMode: "none", capabilities: ["SYS_NICE"] });
    expect(alone?.command).toContain("driver=null,no-rx=1");
  });

  test("with forwarding off in a network of its own, and never in the host's", () => {
    expect(nfOn("docker-bridge")?.sysctls).toEqual({ "net.ipv4.ip_forward": "0" });
    expect(nfOn("af-xdp")?.sysctls).toEqual({ "net.ipv4.ip_forward": "0" });
    expect(nfOn("host")?.sysctls).toEqual({});
  });

  test("and is made anew with them, or with its directory", () => {
    const boundTo = (datapath: Datapath) =>
      resourcesOf({ file: "chain-l2fwd.yaml", datapath }).find((resource) => resource.id === "nf:fwd")?.boundTo;
    expect(boundTo("vhost-user")).toEqual(["directory:fwd"]);
    expect(boundTo("docker-bridge")).toEqual(["directory:fwd", "network:main-0", "network:main-1"]);
    // A client has to be made anew with its server; the two of this forwarder are its neighbours.
    expect(boundTo("memif")).toEqual([
      "directory:fwd",
      "directory:hop.main-0",
      "nf:gen",
      "directory:hop.main-1",
      "nf:sink",
    ]);
    // Its veth pairs end in the switch's network namespace.
    expect(boundTo("af-xdp")).toEqual(["directory:fwd", "switch:switch"]);
    expect(boundTo("host")).toEqual(["directory:fwd", "veth:main-0", "veth:main-1"]);
  });
});

describe("the switch", () => {
  const switchOf = (cores: string) => {
    const resources = labResources(labOf(chainText(2).replace("  0: switch", cores)));
    return { container: specsOf(resources, "switch")[0], config: specsOf(resources, "switch-config")[0] };
  };

  test("polls on the CPUs of the file, and on those alone", () => {
    const { container, config } = switchOf("  3: switch\n  5: switch");
    expect(config?.otherConfig["pmd-cpu-mask"]).toBe("0x28");
    expect(container).toMatchObject({ pmdCpus: [3, 5], cpus: [0, 3, 5] });
    expect(container?.fixedConfig["dpdk-lcore-mask"]).toBe("0x1");
  });

  test("has a right mask also beyond CPU 31, where 32 bits end", () => {
    expect(switchOf("  40: switch").config?.otherConfig["pmd-cpu-mask"]).toBe("0x10000000000");
    expect(switchOf("  63: switch").config?.otherConfig["pmd-cpu-mask"]).toBe("0x8000000000000000");
  });

  test("never touches a network card of the host", () => {
    expect(switchOf("  0: switch").container?.fixedConfig["dpdk-extra"]).toContain("--no-pci");
  });
});

describe("the digest of a spec", () => {
  test("does not depend on the order of keys, nor on members that are not there", () => {
    expect(canonicalJson({ b: 1, a: { d: [2, 1], c: undefined } })).toBe('{"a":{"d":[2,1]},"b":1}');
    expect(specDigest({ path: "/a" })).toMatch(/^[0-9a-f]{16}$/);
  });

  test("does on every value, also deep inside and in a list's order", () => {
    const flows = (list: readonly { readonly inPort: number; readonly output: number }[]) =>
      specDigest({ runDirectory: "/r", bridge: "br0", flows: list });
    const digests = [
      flows([]),
      flows([{ inPort: 1, output: 2 }]),
      flows([
        { inPort: 1, output: 2 },
        { inPort: 2, output: 1 },
      ]),
      flows([
        { inPort: 2, output: 1 },
        { inPort: 1, output: 2 },
      ]),
    ];
    expect(new Set(digests).size).toBe(4);
  });
});

describe("control groups of containers are children of the root", () => {
  test.each([
    ["cgroupfs", "/"],
    ["systemd", "-.slice"],
    [undefined, undefined],
  ] as const)("as made by %s", (cgroupDriver, parent) => {
    const { docker, ...machine } = referenceMachine;
    const facts = { ...machine, docker: { ...docker, ...(cgroupDriver !== undefined && { cgroupDriver }) } };
    const resources = labResources(labOf(example("pktgen-stats.yaml"), facts, { fold: true }));
    const containers = [...specsOf(resources, "switch"), ...specsOf(resources, "nf")];
    expect(containers.map(({ cgroupParent }) => cgroupParent)).toEqual([parent, parent, parent]);
  });
});
