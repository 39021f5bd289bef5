import { bindText, sensitivity } from "../topology/binds.ts";
import { USUAL_CAPABILITIES } from "../topology/capabilities.ts";
import type { Diagnostic, KeyPath, SourceFile } from "../topology/diagnostic.ts";
import type { NfSpec, Topology } from "../topology/topology.ts";
import type { LabNf } from "./lab.ts";
import { parentsOf } from "./networks.ts";
import { isInHostNamespace } from "./nic-resources.ts";
import type { NfContainerSpec } from "./resource.ts";

interface Privilege {
  readonly path: KeyPath;
  /** To follow "NF x asks for". */
  readonly what: string;
}

/**
 * What images of the user's own would get that lets them out of their containers, each an error unless the caller was told to allow it: whoever starts a
 * file that he has not written shall know. The built-in NFs are ours and get what their ports need.
 */
export function privilegeDiagnostics(
  topology: Topology,
  source: SourceFile,
  labNfs: readonly LabNf[],
): readonly Diagnostic[] {
  return topology.nfs.flatMap((nf) => {
    const inLab = labNfs.find(({ name }) => name === nf.name);
    return privilegesOf(nf, inLab, topology).map(
      ({ path, what }): Diagnostic => ({
        severity: "error",
        code: "privilege-not-allowed",
        message: `NF ${nf.name} asks for ${what}`,
        help: "if you trust the file and its images with this host, add --allow-privileged",
        span: source.locate(path),
        related: [],
      }),
    );
  });
}

function privilegesOf(
  { name, app, binds = [], capabilities = [] }: NfSpec,
  inLab: LabNf | undefined,
  topology: Topology,
): readonly Privilege[] {
  if (app !== undefined) return [];
  const path = ["nfs", name];
  return [
    ...binds.flatMap((bind, index): readonly Privilege[] => {
      const why = sensitivity(bind);
      const what = `${bind.source}, which ${why}`;
      return why === undefined ? [] : [{ path: [...path, "binds", index], what }];
    }),
    ...capabilities.flatMap((capability, index): readonly Privilege[] =>
      USUAL_CAPABILITIES.includes(capability)
        ? []
        : [{ path: [...path, "capabilities", index], what: `the capability ${capability}` }],
    ),
    ...(inLab?.ports.some(isInHostNamespace)
      ? [
          {
            path: [...path, "image"],
            what: "the host's own network: it sees and can change all interfaces of the host",
          },
        ]
      : []),
    ...(inLab?.ports.some(({ device }) => device?.includes(":"))
      ? [{ path: [...path, "image"], what: "a network card of the host's" }]
      : []),
    ...distinct(inLab?.ports.flatMap(({ datapath }) => parentsOf(datapath, topology)) ?? []).map((parent) => ({
      path: [...path, "image"],
      what: `the network that ${parent} of the host is on`,
    })),
  ];
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** What a container of the user's own is given of the host, one line each, for the plan: nothing of that is to go unseen. */
export function grants(spec: NfContainerSpec): readonly string[] {
  if (spec.app !== undefined) return [];
  return [
    ...(spec.binds ?? []).map((bind) => `mounts ${bindText(bind)}`),
    `capabilities ${spec.capabilities.join(", ")}`,
    ...(spec.networkMode === "host" ? ["the host's own network"] : []),
    ...(spec.devices ?? []).map((device) => `device ${device}`),
  ];
}
