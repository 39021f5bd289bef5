import type { DiagnosticList, Place } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";

/** ovs-veth is there to be measured, not to be built on: whoever asks for it is told. Who compares it has been told why. */
export function slowPathRules({ chains, datapath }: Draft, report: DiagnosticList): void {
  const warn = (place: Place): void =>
    report.warning({
      code: "slow-datapath",
      place,
      message:
        "ovs-veth is OVS's slow path: its main thread moves every packet through packet sockets, and no poll-mode thread helps it",
      help: "use af-xdp for OVS on veth pairs, or vhost-user; keep it to measure what this common mistake costs",
    });
  if (datapath === "ovs-veth") warn({ path: ["datapath"] });
  for (const { name, spec } of chains ?? []) {
    if (spec?.hops.includes("ovs-veth")) warn({ path: ["chains", name], part: "key" });
  }
}
