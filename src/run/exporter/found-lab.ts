import type Docker from "dockerode";
import { z } from "zod";
import { LABEL, placeOf } from "../../provision/labels.ts";

/**
 * What the exporter needs of the specs on the labels (NfContainerSpec, SwitchContainerSpec). They are checked, since a container may have been made by
 * another version of corebed: one that cannot be read must not take the others' figures with it.
 */
const portLabel = z
  .object({
    index: z.int().nonnegative(),
    chain: z.string(),
    direction: z.enum(["out", "in"]),
    datapath: z.string(),
  })
  .readonly();

const pathsLabel = z.record(z.string(), z.array(z.string()).readonly()).readonly();

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
  /** Name of the host that this part of the lab is on; undefined of a lab on one host. */
  readonly host: string | undefined;
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

export type NfLabel = Omit<z.infer<typeof nfLabel>, "ports"> & { readonly ports: readonly PortLabel[] };
/** `hop`: position in the lab, from 0. */
export type PortLabel = z.infer<typeof portLabel> & { readonly hop: number };

/** The labs that these containers belong to, by name, each NF once. */
export function foundLabs(containers: readonly Docker.ContainerInfo[]): readonly FoundLab[] {
  const names = new Set(containers.flatMap((container) => container.Labels[LABEL.lab] ?? []));
  return [...names].toSorted().map((name) => {
    const own = containers.filter((container) => container.Labels[LABEL.lab] === name);
    const labels = own.flatMap((container) => {
      const spec = readLabel(container, "nf", LABEL.spec, nfLabel);
      return spec === undefined ? [] : [{ container, spec }];
    });
    const host = placeOf(own)?.host;
    const paths = pathsOf(labels, host !== undefined);
    const nfs = labels.map(({ container, spec }) => ({
      container: container.Id,
      running: runs(container),
      spec: { ...spec, ports: spec.ports.map((port) => ({ ...port, hop: hopOf(paths, spec.nf, port) })) },
    }));
    const switches = own.flatMap((container) => {
      const spec = readLabel(container, "switch", LABEL.spec, switchLabel);
      return spec === undefined ? [] : [{ running: runs(container), spec }];
    });
    const byName = new Map(nfs.map((nf) => [nf.spec.nf, nf]));
    return { name, host, nfs: [...byName.values()].toSorted(byNfName), switch: switches[0] };
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

/**
 * The chains as they are now: as the NF that was made last was told of them, less the NFs that have gone since. Those that were there before it came know nothing of it.
 * NFs of a lab on several hosts need not be here.
 */
function pathsOf(
  found: readonly { readonly container: Docker.ContainerInfo; readonly spec: { readonly nf: string } }[],
  elsewhere: boolean,
): readonly (readonly [chain: string, path: readonly string[]])[] {
  const there = new Set(found.map(({ spec }) => spec.nf));
  const newest = found.toSorted((a, b) => b.container.Created - a.container.Created);
  const paths = newest.map(({ container }) => readLabel(container, "nf", LABEL.paths, pathsLabel));
  return Object.entries(paths.find((own) => own !== undefined) ?? {}).map(([chain, path]) => [
    chain,
    elsewhere ? path : path.filter((nf) => there.has(nf)),
  ]);
}

/** Hops are counted through the lab's chains in their order. */
function hopOf(paths: ReturnType<typeof pathsOf>, nf: string, port: z.infer<typeof portLabel>): number {
  const at = paths.findIndex(([chain]) => chain === port.chain);
  const before = paths.slice(0, Math.max(at, 0)).reduce((sum, [, path]) => sum + Math.max(path.length - 1, 0), 0);
  const place = paths[at]?.[1].indexOf(nf) ?? 0;
  return before + Math.max(0, place - (port.direction === "in" ? 1 : 0));
}

function readLabel<T>(
  container: Docker.ContainerInfo,
  kind: string,
  label: string,
  schema: z.ZodType<T>,
): T | undefined {
  if (!container.Labels[LABEL.resource]?.startsWith(`${kind}:`)) return undefined;
  try {
    return schema.safeParse(JSON.parse(container.Labels[label] ?? "null")).data;
  } catch {
    return undefined;
  }
}
