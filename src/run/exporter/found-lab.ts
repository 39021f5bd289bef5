import type Docker from "dockerode";
import { z } from "zod";
import { LABEL } from "../../provision/labels.ts";

/**
 * What the exporter needs of the specs on the labels (NfContainerSpec, SwitchContainerSpec). They are checked, since a container may have been made by
 * another version of corebed: one that cannot be read must not take the others' figures with it.
 */
const portLabel = z
  .object({
    index: z.int().nonnegative(),
    chain: z.string(),
    hop: z.int().nonnegative(),
    direction: z.enum(["out", "in"]),
    datapath: z.string(),
  })
  .readonly();

const nfLabel = z
  .object({
    nf: z.string(),
    app: z.enum(["pktgen", "stats", "l2fwd", "impair"]).optional(),
    workerCpu: z.int().nonnegative(),
    controlSocket: z.string().optional(),
    ports: z.array(portLabel).readonly(),
  })
  .readonly();

const switchLabel = z
  .object({ runDirectory: z.string(), pmdCpus: z.array(z.int().nonnegative()).readonly() })
  .readonly();

/** A lab as its containers' labels tell it. */
export interface FoundLab {
  readonly name: string;
  readonly nfs: readonly FoundNf[];
  readonly switch: FoundSwitch | undefined;
}

export interface FoundNf {
  readonly container: string;
  /** Neither paused nor ended: only then does its socket answer. */
  readonly running: boolean;
  readonly spec: NfLabel;
}

export interface FoundSwitch {
  readonly running: boolean;
  readonly spec: z.infer<typeof switchLabel>;
}

export type NfLabel = z.infer<typeof nfLabel>;
export type PortLabel = z.infer<typeof portLabel>;

/** The labs that these containers belong to, by name, each NF once. */
export function foundLabs(containers: readonly Docker.ContainerInfo[]): readonly FoundLab[] {
  const names = new Set(containers.flatMap((container) => container.Labels[LABEL.lab] ?? []));
  return [...names].toSorted().map((name) => {
    const own = containers.filter((container) => container.Labels[LABEL.lab] === name);
    const nfs = own.flatMap((container) => {
      const spec = readLabel(container, "nf", nfLabel);
      return spec === undefined ? [] : [{ container: container.Id, running: runs(container), spec }];
    });
    const switches = own.flatMap((container) => {
      const spec = readLabel(container, "switch", switchLabel);
      return spec === undefined ? [] : [{ running: runs(container), spec }];
    });
    const byName = new Map(nfs.map((nf) => [nf.spec.nf, nf]));
    return { name, nfs: [...byName.values()].toSorted(byNfName), switch: switches[0] };
  });
}

/** CPUs on which something of a lab polls, or will once it is thawed. */
export function pollingCpus(labs: readonly FoundLab[]): readonly number[] {
  const cpus = labs.flatMap((lab) => [...lab.nfs.map((nf) => nf.spec.workerCpu), ...(lab.switch?.spec.pmdCpus ?? [])]);
  return [...new Set(cpus)].toSorted((a, b) => a - b);
}

function byNfName(a: FoundNf, b: FoundNf): number {
  return a.spec.nf < b.spec.nf ? -1 : 1;
}

function runs(container: Docker.ContainerInfo): boolean {
  return container.State === "running";
}

function readLabel<T>(container: Docker.ContainerInfo, kind: string, schema: z.ZodType<T>): T | undefined {
  if (!container.Labels[LABEL.resource]?.startsWith(`${kind}:`)) return undefined;
  try {
    return schema.safeParse(JSON.parse(container.Labels[LABEL.spec] ?? "null")).data;
  } catch {
    return undefined;
  }
}
