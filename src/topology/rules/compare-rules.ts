import { crossingsOf, hostsOfNfs } from "../crossing.ts";
import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { CARRIERS, type ChainSpec, type Datapath } from "../topology.ts";
import { anyOf } from "../wording.ts";

/** A comparison has two different sides at least, and something to change between them. */
export function compareRules({ compare, chains, datapath, cores }: Draft, report: DiagnosticList): void {
  if (typeof compare !== "object") return;
  if (datapath === "none") {
    report.error({
      code: "nothing-to-compare",
      place: { path: ["compare"], part: "key" },
      message: "NFs that are alone (datapath: none) have no hops whose datapaths could be compared",
      help: "remove compare, or give each chain a second NF and the file another datapath",
    });
    return;
  }
  const first = new Map<Datapath, Place>();
  for (const [index, datapath] of compare.datapaths.entries()) {
    const place: Place = { path: ["compare", "datapaths", index] };
    const earlier = first.get(datapath);
    if (earlier === undefined) {
      first.set(datapath, place);
      continue;
    }
    report.error({
      code: "given-twice",
      place,
      message: `${datapath} is compared with itself`,
      help: "name each datapath once; repeats says how often it is measured",
      related: [{ place: earlier, message: "first given here" }],
    });
  }
  if (compare.datapaths.length < 2) {
    const others = CARRIERS.filter((datapath) => !compare.datapaths.includes(datapath));
    report.error({
      code: "nothing-to-compare",
      place: { path: ["compare", "datapaths"] },
      message: `a comparison needs two datapaths, found ${compare.datapaths.length === 0 ? "none" : "one"}`,
      help: `add ${anyOf(others)}, or remove compare`,
    });
  }
  const places = hostsOfNfs(cores ?? []);
  // What goes from host to host goes over its tunnel, whatever is compared.
  const isOpen = (spec: ChainSpec): boolean => {
    const crossing = crossingsOf(spec.path, places).map(({ index }) => index);
    return spec.hops.some((hop, index) => hop === undefined && !crossing.includes(index));
  };
  const hops = chains?.flatMap(({ spec }) => spec?.hops ?? [undefined]) ?? [undefined];
  if (hops.length > 0 && chains?.every(({ spec }) => spec !== undefined && !isOpen(spec)) === true) {
    report.warning({
      code: "nothing-to-compare",
      place: { path: ["compare"], part: "key" },
      message:
        places.size > 0
          ? "every hop names its own datapath or goes from host to host, so the compared ones change nothing"
          : "every hop names its own datapath, so the compared ones change nothing",
      help: 'write "default" for the hops that the comparison is about',
    });
  }
}
