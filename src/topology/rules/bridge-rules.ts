import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import { label } from "../thing-names.ts";
import type { ChainSpec, Datapath } from "../topology.ts";

/**
 * Docker drops on a bridge whatever does not come from the bridge's own network: its rule for `internal` networks matches source addresses. Corebed's own NFs
 * send from the addresses of each hop's network.
 */
export function bridgeRules(draft: Draft, report: DiagnosticList): void {
  for (const { spec } of draft.chains ?? []) {
    if (spec === undefined) continue;
    addressesStay(spec, draft, report);
    forwardersRewrite(spec, draft, report);
  }
}

/** Whether the hop is a docker bridge, in the lab of the file or in one that it is compared with. */
function isBridge(own: Datapath | undefined, { datapath, compare }: Draft): boolean {
  if (own !== undefined) return own === "docker-bridge";
  const compared = compare === undefined || compare === "absent" ? [] : compare.datapaths;
  return datapath === "docker-bridge" || compared.includes("docker-bridge");
}

function addressesStay({ name, hops }: ChainSpec, draft: Draft, report: DiagnosticList): void {
  const flows = draft.traffic?.flows;
  if (flows === undefined || flows.vary !== "address" || flows.count === 1) return;
  if (!hops.some((hop) => isBridge(hop, draft))) return;
  report.warning({
    code: "addresses-beyond-network",
    place: { path: ["traffic", "flows", "vary"] },
    message: `chain ${label(name)} crosses a docker bridge, and Docker drops flows whose addresses are not of the bridge's network`,
    help: "write vary: port, so that every flow arrives",
  });
}

function forwardersRewrite({ name, path, hops }: ChainSpec, draft: Draft, report: DiagnosticList): void {
  const apps = new Map(draft.nfs?.map(({ name: nf, spec }) => [nf, spec]));
  path.forEach((nf, index) => {
    const spec = apps.get(nf);
    const after = hops[index];
    if (spec === undefined || spec.app === "l2fwd" || spec.app === "impair" || index === 0 || index >= path.length - 1)
      return;
    if (!isBridge(after, draft)) return;
    report.warning({
      code: "foreign-forwarder",
      place: { path: ["chains", name, "path", index] },
      message: `${label(nf)} sends on to a docker bridge, and Docker drops what it does not send from an address of the bridge's network`,
      help: "use app: l2fwd, which rewrites addresses on each hop, or another datapath for this hop",
    });
  });
}
