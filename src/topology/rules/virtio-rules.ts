import type { DiagnosticList } from "../diagnostic-list.ts";
import type { Draft } from "../draft.ts";
import type { TopologySource } from "../source-file.ts";
import { label } from "../thing-names.ts";
import type { NfSpec } from "../topology.ts";

/** DPDK takes a plainer path through the rings, and says nothing, where settings do not go together: here that is an error. */
export function virtioRules({ nfs }: Draft, report: DiagnosticList, source: TopologySource): void {
  for (const { name, spec } of nfs ?? []) {
    const path = ["nfs", name, "virtio"];
    if (spec === undefined || !source.has(path)) continue;
    if (spec.app === undefined) {
      report.error({
        code: "needs-app",
        place: { path, part: "key" },
        message: `NF ${label(name)} is an image of your own and takes no virtio`,
        help: "remove it: your program sets its own rings up, and the switch follows",
      });
      continue;
    }
    const conflict = conflictOf(spec);
    if (conflict === undefined) continue;
    report.error({
      code: "virtio-conflict",
      place: { path: [...path, conflict.key] },
      message: `the rings of NF ${label(name)} cannot be vectorised ${conflict.because}`,
      help: conflict.help,
      related: [{ place: { path: [...path, "vectorised"] }, message: "vectorised here" }],
    });
  }
}

function conflictOf({ virtio }: NfSpec) {
  const { ring, inOrder, mergeable, vectorised } = virtio;
  if (vectorised !== true) return undefined;
  if (mergeable) {
    return {
      key: "mergeable",
      because: "with mergeable buffers",
      help: "remove mergeable: true, or vectorised: true; frames need no mergeable buffers, not even jumbo ones",
    };
  }
  if (ring === "split" && inOrder) {
    return {
      key: "inOrder",
      because: "in order: on a split ring the driver does one or the other",
      help: "remove inOrder: true, or take ring: packed, which can do both",
    };
  }
  if (ring === "packed" && !inOrder) {
    return {
      key: "inOrder",
      because: "out of order: on a packed ring vectors need the order",
      help: "remove inOrder: false, or vectorised: true",
    };
  }
  return undefined;
}
