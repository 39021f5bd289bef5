import { readHostFacts } from "../../../src/host/facts.ts";
import { localHost } from "../../../src/host/local-host.ts";
import { CARRIERS, type Carrier } from "../../../src/topology/topology.ts";

const { kernelSupport } = await readHostFacts(localHost(), [], { sampleSteal: false });

/** Whether this machine's kernel has ipvlan, which many are built without. */
export const HAS_IPVLAN: boolean = kernelSupport.ipvlan;

/** The datapaths that this machine's kernel can do. */
export const POSSIBLE_CARRIERS: readonly Carrier[] = CARRIERS.filter((datapath) => datapath !== "ipvlan" || HAS_IPVLAN);
