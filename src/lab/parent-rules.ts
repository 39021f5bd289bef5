import type { Diagnostic, KeyPath, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";
import type { HostFacts, InterfaceFacts } from "./host-facts.ts";
import type { LabHop } from "./lab.ts";
import { mtuOf } from "./mtu.ts";
import { needsTwoParents, parentsOf } from "./networks.ts";
import { error } from "./rules.ts";

const DATAPATHS = ["macvlan", "ipvlan"] as const;
type OnParent = (typeof DATAPATHS)[number];

/** What keeps hops over macvlan and ipvlan from the interfaces that the file names as their parents. Facts that say nothing of interfaces forbid nothing. */
export function parentDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  return DATAPATHS.flatMap((datapath) => {
    const parents = parentsOf(datapath, topology);
    const count = hops.filter((hop) => hop.datapath === datapath).length;
    if (parents.length === 0 || count === 0) return [];
    const wanted = count * (needsTwoParents(datapath, topology) ? 2 : 1);
    const used = parents.slice(0, wanted);
    return [
      ...tooFew(datapath, topology, source, count, wanted),
      ...spare(datapath, topology, source, wanted),
      ...used.flatMap((parent, index) => {
        const place = placeOf(datapath, topology, index);
        const twice = givenBefore(topology, datapath, index);
        if (twice) return [error(source, place, "parent-twice", twiceWords(parent))];
        const problem = interfaceProblem(parent, topology, facts, OWN);
        return problem === undefined ? [] : [error(source, place, problem.code, problem)];
      }),
      ...reflection(datapath, topology, source),
    ];
  });
}

function placeOf(datapath: OnParent, topology: Topology, index: number): KeyPath {
  // One name need not be in a list.
  return parentsOf(datapath, topology).length === 1 ? [datapath, "parent"] : [datapath, "parent", index];
}

function tooFew(
  datapath: OnParent,
  topology: Topology,
  source: SourceFile,
  count: number,
  wanted: number,
): readonly Diagnostic[] {
  const given = parentsOf(datapath, topology).length;
  if (given >= wanted) return [];
  const { mode } = topology[datapath];
  const hops = count === 1 ? "the hop" : `the ${count} hops`;
  const why =
    wanted === count
      ? "Docker makes one network on each parent"
      : mode === "passthru"
        ? "passthru gives a parent to one container"
        : "nothing sends frames from one container to another on the same parent";
  return [
    error(source, [datapath, "parent"], "too-few-parents", {
      message: `${hops} over ${datapath} in mode ${mode} need${count === 1 ? "s" : ""} ${wanted} parents and parent has ${given}: ${why}`,
      help: `list ${wanted} interfaces, such as VLANs${wanted === count ? "" : " or two cards with a cable between them"}; or ${wanted === count ? "" : "write mode: bridge, or "}remove parent: the lab then makes its own`,
    }),
  ];
}

function spare(datapath: OnParent, topology: Topology, source: SourceFile, wanted: number): readonly Diagnostic[] {
  const parents = parentsOf(datapath, topology);
  const name = parents[wanted];
  if (name === undefined) return [];
  return [
    {
      ...error(source, [datapath, "parent", wanted], "parents-unused", {
        message: `the hops over ${datapath} in mode ${topology[datapath].mode} need no more than ${wanted} parent${wanted === 1 ? "" : "s"}, so ${name} is not used`,
        help: "remove it; hops take parents in the order of the file",
      }),
      severity: "warning",
    },
  ];
}

function givenBefore(topology: Topology, datapath: OnParent, index: number): boolean {
  const own = parentsOf(datapath, topology);
  const others = datapath === "ipvlan" ? topology.macvlan.parents : [];
  const name = own[index] ?? "";
  return own.indexOf(name) < index || others.includes(name);
}

function twiceWords(parent: string) {
  return {
    message: `${parent} is given twice, and Docker makes one network on each parent`,
    help: "give each hop, and each end where a hop takes two, an interface of its own",
  };
}

type Words = Pick<Diagnostic, "code" | "message" | "help">;

const OWN = "or remove parent: the lab then makes a veth pair of its own";

/**
 * What speaks against sending a lab's traffic by an interface of the host: it is not there, down, too narrow, or needed by somebody else.
 *
 * @param instead what else there is to do, to follow a comma
 */
export function interfaceProblem(
  parent: string,
  topology: Topology,
  facts: HostFacts,
  instead: string,
): Words | undefined {
  const { interfaces, hostname } = facts;
  if (interfaces === undefined) return undefined;
  const found = interfaces.find(({ name }) => name === parent);
  if (found === undefined) {
    return {
      code: "no-such-interface",
      message: `${hostname} has no interface ${parent}`,
      help: `ip -br link shows those that there are; it is never made. Write the name of one, ${instead}`,
    };
  }
  const [worst] = found.uses;
  if (worst !== undefined) {
    return {
      code: "parent-in-use",
      message: `${parent} ${worst.text}: no lab sends its traffic there`,
      help: `use an interface that nothing else needs, such as a second card or a VLAN of its own, ${instead}`,
    };
  }
  return stateProblem(found, topology);
}

function stateProblem({ name, up, mtuBytes }: InterfaceFacts, { traffic }: Topology): Words | undefined {
  if (!up) {
    return {
      code: "parent-down",
      message: `${name} is down, and corebed changes nothing about an interface of yours`,
      help: `ip link set ${name} up`,
    };
  }
  const needed = mtuOf(traffic);
  if (mtuBytes === undefined || mtuBytes >= needed) return undefined;
  return {
    code: "parent-mtu",
    message: `${name} takes packets of ${mtuBytes} bytes, and the traffic has some of up to ${needed}`,
    help: `ip link set ${name} mtu ${needed}, or send smaller frames`,
  };
}

/** Whether the switch behind a parent does so, nothing here can tell. */
function reflection(datapath: OnParent, topology: Topology, source: SourceFile): readonly Diagnostic[] {
  if (datapath !== "macvlan" || topology.macvlan.mode !== "vepa") return [];
  return [
    {
      ...error(source, ["macvlan", "mode"], "vepa-needs-reflection", {
        message: `in mode vepa every frame leaves by ${topology.macvlan.parents[0]}, and only a switch that sends it back there (802.1Qbg, hairpin) brings it to the next NF`,
        help: "check that the switch behind the parent does, or write mode: bridge",
      }),
      severity: "warning",
    },
  ];
}
