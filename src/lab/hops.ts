import { isTunnel } from "../topology/crossing.ts";
import { onParent } from "../topology/datapaths.ts";
import { nicDealer } from "../topology/nic-dealer.ts";
import type { Datapath, LimitSpec, Topology } from "../topology/topology.ts";
import { chainPorts } from "./chain-ports.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabBetween, LabHop } from "./lab.ts";
import { labLimit } from "./limit.ts";
import { withMemifs } from "./memif.ts";
import { mtuOf } from "./mtu.ts";
import { hopSubnet, interfaceName } from "./names.ts";
import { networksOfHop, parentQueue, parentsOf } from "./networks.ts";
import { nicsOfHop } from "./nic.ts";

/** What the hops of a lab are made from. */
export interface HopsInput {
  readonly topology: Topology;
  /** Name of the lab. */
  readonly lab: string;
  /** Of the hops that name none of their own. */
  readonly datapath: Datapath;
  /** Of the host of an NF. */
  readonly factsOf: (nf: string) => HostFacts;
  /** Name of the host of an NF; undefined of a lab on one host. */
  readonly hostOf: (nf: string) => string | undefined;
  /** How a hop of a chain goes to another host; undefined if it stays. */
  readonly betweenOf: (chain: string, index: number) => LabBetween | undefined;
}

/** The hops of all chains, in the order of the file: what carries each, and its addresses. */
export function labHops({ topology, lab, datapath, factsOf, hostOf, betweenOf }: HopsInput): readonly LabHop[] {
  const hops: LabHop[] = [];
  const deal = nicDealer(topology.nics);
  const ports = chainPorts(topology.chains);
  const takeParents = parentQueue(topology);
  for (const [place, chain] of topology.chains.entries()) {
    for (const [index, ends] of (ports[place] ?? []).entries()) {
      const between = betweenOf(chain.name, index);
      const carrier = between === undefined ? (chain.hops[index] ?? datapath) : carrierBetween(between);
      const thing = `${chain.name}-${index}`;
      const nics =
        carrier === "nic"
          ? nicsOfHop(lab, thing, deal(hostOf(ends.from.nf), hostOf(ends.to.nf)), {
              out: factsOf(ends.from.nf),
              in: factsOf(ends.to.nf),
            })
          : undefined;
      const parents = takeParents(carrier);
      const ownParent = onParent(carrier) && parentsOf(carrier, topology).length === 0;
      const onVeth = carrier === "host" || ownParent || isStandInOfNfs(nics);
      hops.push({
        chain: chain.name,
        index,
        datapath: carrier,
        ...ends,
        mtuBytes: mtuOf(topology.traffic),
        subnet: hopSubnet(lab, hops.length).cidr,
        memif: undefined,
        ...(nics !== undefined && { nics }),
        networks: networksOfHop(topology, {
          lab,
          thing,
          position: hops.length,
          datapath: carrier,
          parents,
          crosses: between !== undefined,
        }),
        ...limitOf(chain.limits?.[index], topology.traffic),
        ...(between !== undefined && { between }),
        veth: onVeth ? [interfaceName(lab, thing, "a"), interfaceName(lab, thing, "b")] : undefined,
      });
    }
  }
  return withMemifs(lab, hops, topology.nfs);
}

/** What the NFs of a hop between hosts are on. */
function carrierBetween({ kind }: LabBetween): Datapath {
  return isTunnel(kind) ? "vhost-user" : kind;
}

/** Stand-ins for cards that NFs drive themselves are in the host's network namespace, those on the switch in the switch's. */
function isStandInOfNfs(nics: LabHop["nics"]): boolean {
  return nics?.out?.attach === "nf" && nics.out.interface !== undefined;
}

function limitOf(spec: LimitSpec | undefined, traffic: Topology["traffic"]): Pick<LabHop, "limit"> {
  return spec === undefined ? {} : { limit: labLimit(spec, traffic) };
}
